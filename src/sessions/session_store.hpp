#pragma once

#include "accounts/account.hpp"
#include "base/time.hpp"
#include "runtime/deadline.hpp"
#include "runtime/task.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace watchword::sessions {

/// Who is at the other end, as far as a session remembers it.
struct Client {
    std::string address;    ///< canonical text of the IP address
    std::string network;    ///< what one client is counted by: the IPv4 address or the IPv6 /64
    std::string user_agent; ///< cut to 255 bytes
};

/// One login. The row is the truth about its tokens: they live as long as it is neither revoked nor expired.
struct Session {
    std::string id; ///< `sid`: 128 random bits in hex
    accounts::AccountId account = 0;
    Instant created_at;
    Instant last_used_at;
    Instant expires_at;
    std::int64_t refresh_counter = 0;
    std::optional<Instant> rotated_at; ///< when the counter last moved
    bool revoked = false;
};

/// The sessions. Each method throws Unavailable when the store cannot be used.
class SessionStore {
public:
    virtual ~SessionStore() = default;

    /// Stores a new session. An id that exists already is left as it is.
    virtual Task<> open(const Session& session, const Client& client, Deadline deadline) = 0;

    virtual Task<std::optional<Session>> find(std::string_view id, Deadline deadline) = 0;

    /// Remembers that the session was used.
    virtual Task<> touch(std::string_view id, Instant now, Deadline deadline) = 0;

    /// Moves the counter from `counter` to the next, if it still stands there and the session lives, in one statement;
    /// of any number of callers at once one succeeds. Returns the session as it is afterwards, whoever moved it.
    virtual Task<std::optional<Session>> rotate(std::string_view id, std::int64_t counter, Instant now,
                                                Instant expires_at, Deadline deadline) = 0;

    /// Ends a session for good.
    virtual Task<> revoke(std::string_view id, Instant now, Deadline deadline) = 0;

    /// Whether the account exists and, for a token without a session, when tokens issued earlier stopped to count.
    struct AccountState {
        std::optional<Instant> tokens_not_before;
    };
    virtual Task<std::optional<AccountState>> account_state(accounts::AccountId account, Deadline deadline) = 0;

    /// Refuses one token without a session, known by its hash, until it expires anyway.
    virtual Task<> deny(const std::string& token_hash, Instant expires_at, Deadline deadline) = 0;
    virtual Task<bool> is_denied(const std::string& token_hash, Deadline deadline) = 0;

    /// Forgets sessions that expired before `before` and denials that no longer matter. At most `limit` rows of each.
    virtual Task<> sweep(Instant before, int limit, Deadline deadline) = 0;
};

}
