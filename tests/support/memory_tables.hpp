#pragma once

#include "accounts/account.hpp"
#include "sessions/session_store.hpp"

#include <map>
#include <optional>
#include <string>
#include <vector>

namespace watchword::tests {

/// What the in-memory stores keep: the tables of the database, as far as the features need them.
struct MemoryTables {
    struct Code {
        std::string mac;
        int attempts_left = 0;
        Instant expires_at;
    };

    struct User {
        accounts::Account account;
        std::string canonical;
        std::string password_hash;
        std::optional<Instant> code_sent_at;
        std::optional<Code> code;
        std::optional<Instant> tokens_not_before;
    };

    std::map<accounts::AccountId, User> users;
    std::map<std::string, bool> claims_are_ambiguous; ///< by canonical address
    accounts::AccountId last_id = 0;

    std::map<std::string, sessions::Session> sessions;
    std::map<std::string, Instant> denied_tokens;
    std::map<std::pair<std::string, std::string>, Instant> known_clients;
    std::vector<std::string> mailed; ///< the recipients of what went to the outbox

    /// Adds an account as if it had always been there.
    accounts::AccountId add(const std::string& email, const std::string& canonical, const std::string& password_hash,
                            bool verified)
    {
        const accounts::AccountId id = ++last_id;
        users[id] = {.account = {id, email, "Jane Doe", from_microseconds(1'795'646'422'181'424), verified},
                     .canonical = canonical,
                     .password_hash = password_hash,
                     .code_sent_at = {},
                     .code = {},
                     .tokens_not_before = {}};
        const bool again = claims_are_ambiguous.contains(canonical);
        claims_are_ambiguous[canonical] = again;
        return id;
    }

    User* find(const std::string& email, const std::string& canonical)
    {
        for (auto& [id, user] : users) {
            if (user.account.email == email) {
                return &user;
            }
        }
        for (auto& [id, user] : users) {
            if (user.canonical == canonical && !claims_are_ambiguous[canonical]) {
                return &user;
            }
        }
        return nullptr;
    }
};

}
