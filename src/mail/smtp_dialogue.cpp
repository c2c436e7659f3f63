#include "mail/smtp_dialogue.hpp"

#include "crypto/base64url.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

namespace watchword::mail {
namespace {

/// RFC 4954 §6: authentication, or TLS before it, is demanded.
constexpr int authentication_required = 530;

std::string base64(std::string_view text)
{
    return crypto::base64::encode(crypto::as_bytes(text));
}

SmtpReply authenticate_plain(SmtpConnection& connection, const SmtpSettings& settings, Deadline deadline)
{
    std::string credentials;
    credentials += '\0';
    credentials += settings.username;
    credentials += '\0';
    credentials += settings.password.reveal();
    return connection.command("AUTH PLAIN " + base64(credentials), deadline);
}

SmtpReply authenticate_login(SmtpConnection& connection, const SmtpSettings& settings, Deadline deadline)
{
    auto reply = connection.command("AUTH LOGIN", deadline);
    if (reply.go_on()) {
        reply = connection.command(base64(settings.username), deadline);
    }
    if (reply.go_on()) {
        reply = connection.command(base64(settings.password.reveal()), deadline);
    }
    return reply;
}

std::string nothing_usable(const SmtpFeatures& features)
{
    if (!features.auth.empty()) {
        return fmt::format("the mail server offers AUTH {}, and only PLAIN and LOGIN can be used here",
                           fmt::join(features.auth, " "));
    }
    if (features.starttls) {
        return "the mail server offers no AUTH before STARTTLS: set SMTP_USE_TLS=true";
    }
    return "the mail server offers no AUTH: unset SMTP_USERNAME for a relay without accounts";
}

DeliveryOutcome not_taken(std::string_view step, const SmtpReply& reply)
{
    auto reason = fmt::format("{}: {}", step, reply.for_the_log());
    if (reply.code == authentication_required) {
        return DeliveryOutcome::server_lost(
            "the mail server wants authentication (SMTP_USERNAME, SMTP_PASSWORD) or TLS "
            "(SMTP_USE_TLS=true) first; " +
            reason);
    }
    return reply.for_good() ? DeliveryOutcome::refused(std::move(reason), reply.code)
                            : DeliveryOutcome::try_again(std::move(reason), reply.code);
}

}

void sign_in(SmtpConnection& connection, const SmtpSettings& settings, Deadline deadline)
{
    if (settings.username.empty()) {
        return;
    }
    const auto& features = connection.features();
    SmtpReply reply;
    if (features.offers_auth("PLAIN")) {
        reply = authenticate_plain(connection, settings, deadline);
    } else if (features.offers_auth("LOGIN")) {
        reply = authenticate_login(connection, settings, deadline);
    } else {
        throw SmtpServerLost(nothing_usable(features));
    }
    if (!reply.done()) {
        throw SmtpServerLost("the mail server did not accept SMTP_USERNAME and SMTP_PASSWORD: " + reply.for_the_log());
    }
}

DeliveryOutcome transmit(SmtpConnection& connection, const Letter& letter, const Sender& sender, Deadline deadline)
{
    const bool international = needs_smtputf8(letter, sender);
    if (international && !connection.features().smtputf8) {
        return DeliveryOutcome::refused("the address is not ASCII and the mail server does not offer SMTPUTF8");
    }
    const auto mail_from = fmt::format("MAIL FROM:<{}>{}", sender.address.text(), international ? " SMTPUTF8" : "");
    if (const auto reply = connection.command(mail_from, deadline); !reply.done()) {
        return not_taken("MAIL FROM", reply);
    }
    const auto rcpt_to = fmt::format("RCPT TO:<{}>", letter.recipient.text());
    if (const auto reply = connection.command(rcpt_to, deadline); !reply.done()) {
        return not_taken("RCPT TO", reply);
    }
    if (const auto reply = connection.command("DATA", deadline); !reply.go_on()) {
        return not_taken("DATA", reply);
    }
    if (const auto reply = connection.data(to_rfc5322(letter, sender), deadline); !reply.done()) {
        return not_taken("after DATA", reply);
    }
    return DeliveryOutcome::delivered();
}

}
