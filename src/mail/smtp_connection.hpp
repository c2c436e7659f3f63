#pragma once

#include "mail/smtp_reply.hpp"
#include "mail/smtp_settings.hpp"
#include "runtime/deadline.hpp"

#include <memory>
#include <stop_token>
#include <string_view>

namespace watchword::mail {

/// A connection to an SMTP server that has greeted, been told EHLO (or HELO, where it knows no more) and, where the
/// settings ask for it, speaks TLS with a certificate that was verified. libcurl makes it; the commands that follow are
/// sent here, since libcurl's own would go on without AUTH where none is offered, and would not tell which was refused.
///
/// Every function blocks until its deadline at most, ends within a second after a stop is requested, and throws
/// SmtpServerLost. One thread at a time.
class SmtpConnection {
public:
    SmtpConnection(const SmtpSettings& settings, Deadline deadline, std::stop_token stop);

    /// Says QUIT and does not wait for the answer.
    ~SmtpConnection();

    SmtpConnection(const SmtpConnection&) = delete;
    SmtpConnection& operator=(const SmtpConnection&) = delete;

    const SmtpFeatures& features() const { return features_; }

    /// Sends one line, to which CRLF is added, and reads the reply.
    SmtpReply command(std::string_view line, Deadline deadline);

    /// Sends a mail after DATA was answered, with its dots doubled and the final dot (RFC 5321 §4.5.2), and reads the
    /// reply. `content` ends with CRLF.
    SmtpReply data(std::string_view content, Deadline deadline);

private:
    struct Close {
        void operator()(void* easy) const;
    };

    void send(std::string_view bytes, Deadline deadline);
    SmtpReply read_reply(Deadline deadline);
    void wait(short events, Deadline deadline) const;

    std::stop_token stop_;
    std::unique_ptr<void, Close> easy_;
    SmtpReplyReader replies_;
    SmtpFeatures features_;
};

}
