#pragma once

#include "base/secret.hpp"
#include "crypto/argon2id.hpp"

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <variant>

namespace watchword::crypto {

/// The forms in which new hashes are written. More can be read.
enum class PasswordScheme {
    bcrypt_sha256, ///< bcrypt of an HMAC of the password, passlib's `$bcrypt-sha256$v=2,…`
    argon2id,      ///< `$argon2id$v=19$…`
};

/// How new hashes are made, and what a stored one is measured by (`PASSWORD_HASH`, `BCRYPT_COST`).
struct HashPolicy {
    PasswordScheme scheme = PasswordScheme::bcrypt_sha256;
    int bcrypt_cost = 12; ///< 4 to 15; the time doubles with each
    argon2id::Cost argon2id{};
};

/// How much there is to compute for one hash, in units that only compare within one function.
struct HashWork {
    enum class Function { bcrypt, argon2id } function;
    double units; ///< bcrypt: 2^cost; argon2id: KiB × passes
};

/// A stored password hash that can be verified:
///
///     $bcrypt-sha256$v=2,t=2b,r=12$SALT$CHECKSUM       bcrypt(base64(HMAC-SHA-256(SALT, password)))
///     $bcrypt-sha256$2b,12$SALT$CHECKSUM               bcrypt(base64(SHA-256(password))); also 2a
///     $2b$12$SALTCHECKSUM                              bcrypt(password), its first 72 bytes; also $2a$, $2y$
///     $argon2id$v=19$m=19456,t=2,p=1$SALT$CHECKSUM     argon2id(password)
///
/// The first two are those of passlib 1.7.4. Passwords are bytes: nothing is trimmed, mapped or normalised.
class PasswordHash {
public:
    /// What `stored` says, or nothing where it is no hash of these forms or asks for more than the bounds of `bcrypt`
    /// and `argon2id` (a cost above 15, more than 256 MiB): such a hash is verified by nobody.
    static std::optional<PasswordHash> parse(std::string_view stored);

    /// The text that was parsed, byte for byte.
    const std::string& text() const { return text_; }

    HashWork work() const;

    /// The checksum that `password` has under the parameters and the salt of this hash. It is empty where this hash
    /// matches no such password: plain bcrypt ends at a NUL, so a password that contains one is refused, after the
    /// same time. This is the slow part: milliseconds to seconds on the calling thread.
    std::string checksum_of(const SecretText& password) const;

    /// Whether `checksum` is the one of this hash; in constant time.
    bool has_checksum(std::string_view checksum) const;

    /// The text of this hash with `checksum` in place of its own.
    std::string text_with(std::string_view checksum) const;

private:
    friend bool outdated(const PasswordHash&, const HashPolicy&, std::size_t);

    struct Bcrypt {
        enum class Input { password, sha256, hmac_sha256 } input;
        int cost;
        std::string salt; ///< as text
    };
    struct Argon2id {
        argon2id::Cost cost;
        std::string salt; ///< its bytes
        std::size_t tag_size;
    };
    using Function = std::variant<Bcrypt, Argon2id>;

    PasswordHash(Function function, std::string_view checksum, std::string_view text)
        : function_(std::move(function)), checksum_(checksum), text_(text)
    {
    }

    static std::optional<PasswordHash> parse_plain_bcrypt(std::string_view stored);
    static std::optional<PasswordHash> parse_bcrypt_sha256(std::string_view stored);
    static std::optional<PasswordHash> parse_argon2id(std::string_view stored);

    Function function_;
    std::string checksum_; ///< the end of the text, without spare bits
    std::string text_;
};

/// Whether `password` is the one that `hash` was made from. As slow as `checksum_of`.
bool verify(const SecretText& password, const PasswordHash& hash);

/// A new hash of `password` with a random salt. As slow as `checksum_of`.
std::string make(const SecretText& password, const HashPolicy& policy);

/// A hash with a random salt and a random checksum, which no password matches: what is verified where there is no
/// account, so that the answer takes as long. Nothing is computed. Throws `std::invalid_argument` where the policy is
/// beyond the bounds of `bcrypt` or `argon2id`.
PasswordHash nobodys_hash(const HashPolicy& policy);

/// Whether a hash that has just matched a password of `password_size` bytes should be replaced by one that follows
/// `policy`: it has another form or less work. A stronger one stays. Plain bcrypt stays too where the password has 72
/// bytes or more: it may be the beginning of the one that the owner knows, and the new hash would refuse that one.
bool outdated(const PasswordHash& hash, const HashPolicy& policy, std::size_t password_size);

}
