#include "app/settings_readers.hpp"

namespace watchword {

using namespace reader;

SettingGroup settings_of_tokens()
{
    using Tokens = Settings::Tokens;
    return group<Tokens>(
        "Tokens", &Settings::tokens,
        {
            {"SECRET_KEY",
             secret(&Tokens::secret_key, parse_signing_key, "at least 32 bytes that are no published sample"),
             Default::unset("random, kept in `DATA_DIR/secret_key`"),
             "The key that signs tokens, byte for byte as written; all other keys of the service are derived from it.",
             "Made at the first start; set it where several instances must share it."},
            {"SECRET_KEY_PREVIOUS",
             secret(&Tokens::previous_key, parse_previous_key, "at least 16 bytes that are no published sample"),
             Default::unset("none"), "A former `SECRET_KEY`, whose tokens are still accepted; it signs nothing.",
             "Needed only after a change of the key."},
            {"SECRET_KEY_PREVIOUS_UNTIL",
             parsed(&Tokens::previous_key_until, parse_instant, "a time such as `2026-12-02T00:00:00Z` or a date"),
             Default::unset("none"),
             "When tokens of `SECRET_KEY_PREVIOUS` end, at most `REFRESH_TOKEN_EXPIRE_DAYS` from now.",
             "An old key must not be forgotten in the settings."},
            {"ALGORITHM",
             choice(&Tokens::algorithm, {{"HS256", crypto::Algorithm::HS256},
                                         {"HS384", crypto::Algorithm::HS384},
                                         {"HS512", crypto::Algorithm::HS512}}),
             "HS256", "How tokens are signed (RFC 7518 §3.2); others are not accepted.",
             "That of the service that this one replaces, whose tokens stay valid."},
            {"ACCESS_TOKEN_EXPIRE_MINUTES", duration(&Tokens::access_lifetime, {1, 10'080}), "30",
             "How long an access token is valid.", "As before; a session can be ended sooner at any time."},
            {"REFRESH_TOKEN_EXPIRE_DAYS", duration(&Tokens::refresh_lifetime, {1, 365}), "7",
             "How long a refresh token is valid.", "As before; whoever comes once a week stays logged in."},
            {"REFRESH_TOKEN_ROTATION", flag(&Tokens::rotation), "false",
             "Whether a refresh also replaces the refresh token, and a used one that comes again ends its session (RFC "
             "9700 §4.14.2).",
             "Clients of the service that this one replaces do not expect a new one."},
            {"REFRESH_TOKEN_GRACE_SECONDS", duration(&Tokens::rotation_grace, {0, 300}), "10",
             "How long a used refresh token still gives the same successor, for answers that were lost on the way.",
             "Longer than a client's second try takes."},
            {"SESSION_EXPIRE_DAYS", duration(&Tokens::session_longest, {1, 3650}), "30",
             "How long a session may go on by rotating its refresh token.",
             "OWASP ASVS 5.0, 10.4.8 asks for an end; a month is what people bear."},
            {"LEGACY_TOKENS", flag(&Tokens::legacy), "on",
             "Whether tokens of the service that this one replaces are accepted, and ours stay readable for it.",
             "Nobody is logged out by the change; turn it off when the old service is gone and its tokens have "
             "expired."},
        });
}

SettingGroup settings_of_passwords()
{
    using Passwords = Settings::Passwords;
    return group<Passwords>(
        "Passwords and accounts", &Settings::passwords,
        {
            {"PASSWORD_HASH",
             choice(&Passwords::scheme, {{"bcrypt_sha256", crypto::PasswordScheme::bcrypt_sha256},
                                         {"argon2id", crypto::PasswordScheme::argon2id}}),
             "bcrypt_sha256", "How new passwords are hashed; others are replaced at the next login.",
             "The service that this one replaces can read it, so that a way back stays open."},
            {"BCRYPT_COST", number(&Passwords::bcrypt_cost, {4, 15}, "powers of two"), "12",
             "The work in a new bcrypt hash; each step doubles it.",
             "As before; OWASP asks for at least 10, and less is for tests."},
            {"HASH_THREADS", threads(&Passwords::hash_threads), "0",
             "How many threads compute password hashes, at lower priority than requests; 0 is one per core.",
             "Logins may use what other requests leave."},
            {"HASH_QUEUE_MILLISECONDS", duration(&Passwords::hash_queue, {10, 60'000}), "1000",
             "How long a login may wait for its hash to begin; what would wait longer is answered 503 at once.",
             "A person waits a second; a storm of logins must not queue for minutes."},
            {"ACCOUNT_EXISTENCE",
             choice(&Passwords::account_existence,
                    {{"reveal", accounts::AccountExistence::reveal}, {"hide", accounts::AccountExistence::hide}}),
             "reveal", "Whether answers may tell that an address has an account; their time never does.",
             "Clients of the service that this one replaces rely on its answers; `hide` is the safer choice for new "
             "ones."},
        });
}

SettingGroup settings_of_codes()
{
    using Codes = Settings::Codes;
    return group<Codes>(
        "One-time codes", &Settings::codes,
        {
            {"EMAIL_OTP_EXPIRE_MINUTES", duration(&Codes::lifetime, {1, 1440}), "10", "How long a code is valid.",
             "OWASP ASVS 6.5.5 allows ten minutes."},
            {"EMAIL_OTP_LENGTH", number(&Codes::length, {4, 10}, "digits"), "6", "How many digits a code has.",
             "20 bits (OWASP ASVS 6.5.4), and people can keep six digits in mind."},
            {"EMAIL_OTP_RESEND_INTERVAL_SECONDS", duration(&Codes::resend_interval, {0, 86'400}), "60",
             "How long an address waits before it is sent another code.", "As before; most mail arrives within it."},
            {"EMAIL_OTP_MAX_ATTEMPTS", number(&Codes::attempts_max, {1, 100}, "attempts"), "5",
             "How often a code may be tried before it is void.", "As before; five in a million guesses succeed."},
            {"EMAIL_OTP_HASH", choice(&Codes::old_form, {{"none", false}, {"bcrypt", true}}), "none",
             "Whether a code is kept on PostgreSQL as the service that this one replaces keeps it as well, so that "
             "either can check it while both serve; `bcrypt` or `none`.",
             "Only needed during a cut-over: a hash of so few digits protects nothing."},
        });
}

}
