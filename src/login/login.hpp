#pragma once

#include "accounts/account_store.hpp"
#include "base/result.hpp"
#include "base/secret.hpp"
#include "crypto/hash_scheduler.hpp"
#include "login/login_attempts.hpp"
#include "runtime/background.hpp"
#include "sessions/sessions.hpp"

namespace watchword::login {

struct Credentials {
    accounts::EmailAddress email;
    SecretText password;
};

/// Authenticates by e-mail and password and opens a session.
class Login {
public:
    Login(accounts::AccountStore& accounts, LoginAttempts& attempts, crypto::HashScheduler& hashes,
          sessions::Sessions& sessions, Background& background);

    /// An unknown address, a wrong password and an unreadable stored hash are one failure and take the time of one hash
    /// of the wanted cost each, so that neither answer nor time tells them apart (OWASP ASVS 5.0, 6.3.8).
    ///
    /// Errors: `rate_limited` (too many failures at this address; seconds to wait); `incorrect_credentials`;
    /// `email_not_verified` (only after the right password); `overloaded` (the hash queue is longer than its bound).
    /// Throws Unavailable.
    Task<Result<sessions::TokenPair>> run(Credentials credentials, sessions::Client client, Deadline deadline);

private:
    Task<> rehash(accounts::AccountId account, std::string stored, SecretText password);

    accounts::AccountStore& accounts_;
    LoginAttempts& attempts_;
    crypto::HashScheduler& hashes_;
    sessions::Sessions& sessions_;
    Background& background_;
};

}
