#pragma once

#include "base/secret.hpp"
#include "crypto/hmac.hpp"

#include <cstddef>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include <boost/json/object.hpp>

/// JSON Web Signatures in the compact form (RFC 7515) with the algorithms of one shared secret (RFC 7518 §3.2). What
/// the claims mean, and when a token has expired, is not known here.
namespace watchword::crypto {

enum class Algorithm { HS256, HS384, HS512 };

/// The algorithm of that exact name (`ALGORITHM`, the header's `alg`). Names are case-sensitive (RFC 7515 §4.1.1).
std::optional<Algorithm> algorithm_named(std::string_view name);

/// A secret together with the only algorithm that it is ever used with, so that no token can choose (RFC 8725 §3.1).
/// Shared between threads without a lock.
class SigningKey {
public:
    /// Throws `std::invalid_argument` where the secret has less than 16 bytes: an empty or short one is a mistake in
    /// the settings, never a key.
    SigningKey(Algorithm algorithm, const SecretText& secret);

    Algorithm algorithm() const { return algorithm_; }

private:
    friend std::string sign(const SigningKey&, std::string_view);
    friend std::optional<boost::json::object> verify(std::span<const SigningKey>, std::string_view);

    Algorithm algorithm_;
    HmacKey key_;
};

/// Longer tokens are refused unread.
constexpr std::size_t largest_token = 8 * 1024;

/// The token that carries `claims_json`, the text of a JSON object, under the header `{"alg":"HS256","typ":"JWT"}` with
/// the name of the key's algorithm.
std::string sign(const SigningKey& key, std::string_view claims_json);

/// The claims of a token that one of `keys` has signed, or nothing.
///
/// Accepts three parts in strict base64url and at most `largest_token` bytes. The header must name the algorithm of the
/// key that verifies; `typ`, where it stands, must be `JWT`; `crit`, `b64`, `zip` and `enc` would change what the token
/// means and are refused; `kid`, `jwk`, `jku`, `x5u`, `x5c` and all else is ignored (RFC 8725 §3.10). Header and claims
/// must be objects of which every reader reads the same (see `parse_strict_object`). The claims are not looked at
/// before the signature has been verified, which takes a time that does not depend on where a wrong one differs.
std::optional<boost::json::object> verify(std::span<const SigningKey> keys, std::string_view token);

}
