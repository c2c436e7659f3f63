#pragma once

#include "base/result.hpp"
#include "base/time.hpp"
#include "runtime/deadline.hpp"
#include "runtime/task.hpp"
#include "sessions/living_sessions.hpp"
#include "sessions/session_store.hpp"
#include "sessions/tokens.hpp"

#include <chrono>
#include <optional>
#include <string>
#include <string_view>

namespace watchword::sessions {

/// What a client is given at login and at refresh.
struct TokenPair {
    std::string token_type = "bearer";
    std::optional<Instant> expires_at; ///< of the access token
    std::string access_token;
    std::int64_t access_token_expires_in = 0; ///< seconds
    std::string refresh_token;                ///< empty where none is issued
    std::int64_t refresh_token_expires_in = 0;
};

struct SessionSettings {
    enum class Rotation { off, on } rotation = Rotation::off;
    std::chrono::seconds grace{10};                       ///< how long a used refresh token gives the same successor
    std::chrono::seconds longest = std::chrono::days{30}; ///< a session ends then, however often it is refreshed
};

/// Opens, proves, prolongs and ends sessions.
class Sessions {
public:
    Sessions(SessionStore& store, LivingSessions& living, const Tokens& tokens, const Clock& clock,
             SessionSettings settings);

    /// Opens a session for someone who has just proved who they are.
    Task<TokenPair> open(accounts::AccountId account, const Client& client, Deadline deadline);

    /// Exchanges a refresh token (RFC 6749 §6). Without rotation the answer has no refresh token. With rotation
    /// (RFC 9700 §4.14.2) the used token gives the same successor for the grace time; used later, or any older one, it
    /// is taken for stolen and its session ends.
    ///
    /// Errors: `invalid_refresh_token`; `user_not_found` for a token of the old service whose account is gone.
    Task<Result<TokenPair>> refresh(std::string_view token, const Client& client, Deadline deadline);

    struct Admission {
        accounts::AccountId account = 0;
        std::string session; ///< empty for a token of the old service
    };

    /// Whom an access token speaks for. Errors: `invalid_access_token`.
    Task<Result<Admission>> admit(std::string_view token, Deadline deadline);

    /// Ends what the access token belongs to: its session, or, where it has none, the token itself.
    Task<> end(const Admission& admission, std::string_view token, Deadline deadline);

private:
    Task<Result<Session>> session_of(const Claims& claims, std::string_view token, const Client& client, Instant now,
                                     Deadline deadline);
    Task<Result<Session>> rotate(const Session& session, const Claims& claims, Instant now, Deadline deadline);
    TokenPair access_only(const Session& session, Instant now) const;
    TokenPair with_refresh(const Session& session, Instant now) const;

    Task<> revoke(const std::string& session, Instant now, Deadline deadline);

    SessionStore& store_;
    LivingSessions& living_;
    const Tokens& tokens_;
    const Clock& clock_;
    SessionSettings settings_;
};

}
