#pragma once

#include "accounts/account.hpp"
#include "base/secret.hpp"
#include "base/time.hpp"
#include "crypto/jws.hpp"

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace watchword::sessions {

enum class TokenKind { access, refresh };

/// What a token says. `session` is empty in tokens of the service that this one replaces, which carry `sub`, `type` and
/// `exp` only.
struct Claims {
    accounts::AccountId account = 0;
    std::string session;              ///< `sid`
    std::int64_t refresh_counter = 0; ///< `ctr`, refresh tokens only: how often the session had been rotated
    Instant expires_at;
};

struct TokenSettings {
    crypto::Algorithm algorithm = crypto::Algorithm::HS256;
    SecretText secret_key;
    SecretText previous_key;    ///< empty: none. Verifies and never signs
    Instant previous_key_until; ///< from then on the previous key is not accepted
    std::chrono::seconds access_lifetime = std::chrono::minutes{30};
    std::chrono::seconds refresh_lifetime = std::chrono::days{7};
    enum class Legacy { accepted, refused } legacy = Legacy::accepted; ///< tokens without `sid`
};

/// Signs and reads the service's JWTs (RFC 7519 over RFC 7515). Immutable; used from every I/O thread.
class Tokens {
public:
    explicit Tokens(TokenSettings settings);

    std::chrono::seconds access_lifetime() const { return settings_.access_lifetime; }
    std::chrono::seconds refresh_lifetime() const { return settings_.refresh_lifetime; }

    /// A new access token of a session, valid from `now` for the access lifetime; its `jti` is random.
    std::string access(accounts::AccountId account, std::string_view session, Instant now) const;

    /// The refresh token of a session with this counter. A function of its arguments alone, so that a client that
    /// repeats a refresh within the grace time is given the same successor.
    std::string refresh(accounts::AccountId account, std::string_view session, std::int64_t counter, Instant issued_at,
                        Instant expires_at) const;

    /// The claims of a token that is of the wanted kind, signed by us and not expired (no leeway); nothing otherwise.
    /// `exp`, `type` and `sub` are required, `nbf` is honoured, `iat` is not looked at.
    std::optional<Claims> read(std::string_view token, TokenKind wanted, Instant now) const;

private:
    std::string sign(const Claims& claims, TokenKind kind, std::string_view token_id, Instant issued_at) const;

    TokenSettings settings_;
    std::vector<crypto::SigningKey> keys_; ///< the first one signs
};

}
