#pragma once

#include "base/time.hpp"

#include <cstdint>
#include <optional>
#include <string>

namespace watchword::accounts {

/// The primary key of `users`; the `sub` of a token is its decimal text. Never given twice.
using AccountId = std::int64_t;

/// What an account shows of itself. Carries no secret.
struct Account {
    AccountId id = 0;
    std::string email; ///< as stored
    std::optional<std::string> full_name;
    Instant created_at;
    bool email_verified = false;
};

/// What a login needs to know, and nothing else loads it.
struct AccountCredentials {
    AccountId id = 0;
    std::string password_hash; ///< as stored, readable or not
    bool email_verified = false;
};

}
