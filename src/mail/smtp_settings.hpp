#pragma once

#include "base/secret.hpp"
#include "mail/message.hpp"

#include <cstdint>
#include <string>

namespace watchword::mail {

/// Which server takes the mail, and how it is spoken to.
struct SmtpSettings {
    enum class Security {
        none,         ///< plain text, credentials too: neither of the two settings is on
        starttls,     ///< `SMTP_USE_TLS`: plain text until STARTTLS, which is demanded; usually port 587
        implicit_tls, ///< `SMTP_USE_SSL`: TLS from the first byte; usually port 465
    };

    std::string host; ///< name or address, IPv6 without brackets
    std::uint16_t port = 587;
    Security security = Security::none;
    std::string username; ///< empty: no AUTH
    SecretText password;
    std::string ca_file; ///< `SMTP_CA_FILE`, PEM: trusted instead of the system's authorities; empty: those
    Sender sender;
};

}
