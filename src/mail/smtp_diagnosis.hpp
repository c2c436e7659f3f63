#pragma once

#include "mail/smtp_reply.hpp"
#include "mail/smtp_settings.hpp"

#include <optional>
#include <string>

namespace watchword::mail {

/// A connection that could not be made, as libcurl tells it.
struct FailedConnection {
    int code = 0;         ///< a CURLcode
    std::string text;     ///< libcurl's explanation; may be empty
    bool reached = false; ///< the address accepted the connection
    std::optional<SmtpReply> last_reply;
    bool expects_tls_at_once = false; ///< it was silent, and then answered to TLS
};

/// One line for whoever runs the service: what the server did, and which setting fits better where that can be told.
std::string diagnosis(const SmtpSettings& settings, const FailedConnection& failure);

}
