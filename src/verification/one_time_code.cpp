#include "verification/one_time_code.hpp"

#include "crypto/password_hash.hpp"
#include "crypto/random.hpp"
#include "mail/html_text.hpp"

#include <fmt/format.h>

namespace watchword::verification {
namespace {

/// Plain paragraphs without links, pictures or styles from elsewhere: every mail program shows them alike.
std::string page(std::string_view paragraphs)
{
    return fmt::format("<!DOCTYPE html>\n"
                       "<html lang=\"en\">\n"
                       "<body style=\"font-family: sans-serif\">\n"
                       "{}"
                       "</body>\n"
                       "</html>\n",
                       paragraphs);
}

std::string code_page(const CodeSettings& settings, std::string_view digits)
{
    return page(fmt::format(
        "<p>Hello,</p>\n"
        "<p>your verification code for {} is:</p>\n"
        "<p style=\"font-size: 200%; letter-spacing: 0.2em\"><b>{}</b></p>\n"
        "<p>It is valid for {} minutes. Enter it where you were asked for it, and give it to nobody: we never ask for "
        "it "
        "by phone or mail.</p>\n"
        "<p>If you did not ask for a code, somebody may have typed your address by mistake. You need not do "
        "anything.</p>\n",
        mail::to_html_text(settings.project_name), digits, settings.lifetime.count()));
}

std::string second_registration_page(const CodeSettings& settings)
{
    return page(
        fmt::format("<p>Hello,</p>\n"
                    "<p>somebody tried to register this address at {}, where it already has an account. Nothing "
                    "was changed.</p>\n"
                    "<p>If it was you, log in with the password that you chose then.</p>\n",
                    mail::to_html_text(settings.project_name)));
}

mail::Message code_mail(const CodeSettings& settings, std::string_view recipient, std::string_view digits)
{
    return {.to = std::string(recipient),
            .subject = fmt::format("Your verification code for {}", settings.project_name),
            .text =
                fmt::format("Hello,\n\n"
                            "your verification code for {} is:\n\n"
                            "    {}\n\n"
                            "It is valid for {} minutes. Enter it where you were asked for it, and give it to nobody: "
                            "we never ask for it by phone or mail.\n\n"
                            "If you did not ask for a code, somebody may have typed your address by mistake. "
                            "You need not do anything.\n",
                            settings.project_name, digits, settings.lifetime.count()),
            .html = code_page(settings, digits),
            .console_line = fmt::format("Verification code for {}: {}", recipient, digits)};
}

mail::Message second_registration_mail(const CodeSettings& settings, std::string_view recipient)
{
    return {.to = std::string(recipient),
            .subject = fmt::format("You already have an account at {}", settings.project_name),
            .text = fmt::format("Hello,\n\n"
                                "somebody tried to register this address at {}, where it already has an account. "
                                "Nothing was changed.\n\n"
                                "If it was you, log in with the password that you chose then.\n",
                                settings.project_name),
            .html = second_registration_page(settings),
            .console_line = fmt::format("Notice of a second registration to {}", recipient)};
}

/// The cheapest that bcrypt allows, about a millisecond: more would protect so few digits no better.
std::string old_form_of(const std::string& digits)
{
    constexpr crypto::HashPolicy cheapest{.scheme = crypto::PasswordScheme::bcrypt_sha256, .bcrypt_cost = 4};
    return crypto::make(SecretText(digits), cheapest);
}

}

OneTimeCodes::OneTimeCodes(const crypto::Keys& keys, const mail::Sealer& sealer, CodeSettings settings)
    : key_(crypto::Digest::sha256, keys.derive("one-time codes 1").reveal()),
      sealer_(sealer),
      settings_(std::move(settings))
{
}

IssuedCode OneTimeCodes::issue(const accounts::EmailAddress& email, std::string_view recipient, Instant now) const
{
    const std::string digits = crypto::random_digits(settings_.length);
    const Instant expires_at = now + settings_.lifetime;
    return {.mac = mac_of(email, digits),
            .old_form = settings_.old_form == CodeSettings::OldForm::bcrypt ? old_form_of(digits) : "",
            .attempts = settings_.attempts,
            .sent_at = now,
            .expires_at = expires_at,
            .mail = sealer_.seal(code_mail(settings_, recipient, digits), fmt::format("verify:{}", email.canonical),
                                 now, expires_at)};
}

mail::Entry OneTimeCodes::notice_of_a_second_registration(const accounts::EmailAddress& email, Instant now) const
{
    return sealer_.seal(second_registration_mail(settings_, email.text), fmt::format("notice:{}", email.canonical), now,
                        now + std::chrono::days{1});
}

bool OneTimeCodes::matches(const accounts::EmailAddress& email, std::string_view digits, std::string_view mac) const
{
    return crypto::constant_time_equal(mac_of(email, digits), mac);
}

std::string OneTimeCodes::mac_of(const accounts::EmailAddress& email, std::string_view digits) const
{
    // The parts are joined by a byte that none of them can hold, so that no two triples give one text.
    return std::string(key_.mac(fmt::format("{}\n{}\n{}", verify_email_purpose, email.canonical, digits)).text());
}

}
