#pragma once

#include "mail/mailer.hpp"
#include "mail/smtp_settings.hpp"

#include <cstddef>
#include <memory>
#include <stop_token>
#include <vector>

namespace watchword::mail {

/// Delivers to one SMTP server over a few lanes, each a thread with a connection of its own that is kept for the next
/// letter until `rest`. Must be destroyed before the `io_context` that it was used from.
class SmtpMailer final : public Mailer {
public:
    /// Warns in the log where the settings send a password in plain text to another host.
    SmtpMailer(SmtpSettings settings, std::size_t lanes);

    /// Interrupts what is being sent; that takes a second at most.
    ~SmtpMailer() override;

    Task<DeliveryOutcome> deliver(const Letter& letter, Deadline deadline) override;
    void rest() override;

private:
    class Lane;

    SmtpSettings settings_;
    std::stop_source stop_;
    std::vector<std::unique_ptr<Lane>> lanes_;
};

}
