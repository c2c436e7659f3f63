#pragma once

#include "accounts/email_address.hpp"
#include "base/time.hpp"
#include "crypto/hmac.hpp"
#include "crypto/keys.hpp"
#include "mail/sealer.hpp"

#include <chrono>
#include <string>
#include <string_view>

namespace watchword::verification {

struct CodeSettings {
    std::size_t length = 6; ///< digits, 4 to 10
    std::chrono::minutes lifetime{10};
    std::chrono::seconds resend_interval{60};
    int attempts = 5;         ///< how often a code may be guessed at
    std::string project_name; ///< signs the mail

    /// Whether a code is kept as the replaced service keeps it as well, so that both can check it while they serve one
    /// database. A dump of the database then shows the codes that are valid to whoever tries a million.
    enum class OldForm { none, bcrypt } old_form = OldForm::none;
};

/// A new code as the store keeps it, with the mail that carries it. The digits themselves are only inside the sealed
/// mail.
struct IssuedCode {
    std::string mac;
    std::string old_form; ///< a cheap password hash of the digits; empty: none
    int attempts = 0;
    Instant sent_at;
    Instant expires_at;
    mail::Entry mail;
};

/// Makes one-time codes and checks them. What is kept of a code is an HMAC-SHA-256 under a server key over its purpose,
/// its address and its digits: a code proves one address for one purpose, and a database dump proves nothing.
class OneTimeCodes {
public:
    OneTimeCodes(const crypto::Keys& keys, const mail::Sealer& sealer, CodeSettings settings);

    const CodeSettings& settings() const { return settings_; }

    /// A code that proves `email`, and its mail to `recipient`, the address as the account has it stored.
    IssuedCode issue(const accounts::EmailAddress& email, std::string_view recipient, Instant now) const;

    /// Tells the owner of `email` that someone tried to register it again; no code.
    mail::Entry notice_of_a_second_registration(const accounts::EmailAddress& email, Instant now) const;

    /// Whether `digits` is the code that `mac` was kept of. Takes the same time either way.
    bool matches(const accounts::EmailAddress& email, std::string_view digits, std::string_view mac) const;

private:
    std::string mac_of(const accounts::EmailAddress& email, std::string_view digits) const;

    crypto::HmacKey key_;
    const mail::Sealer& sealer_;
    CodeSettings settings_;
};

/// The purpose under which the codes of this room are kept.
inline constexpr std::string_view verify_email_purpose = "verify_email";

}
