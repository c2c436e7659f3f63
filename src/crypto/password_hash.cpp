#include "crypto/password_hash.hpp"

#include "crypto/base64url.hpp"
#include "crypto/bcrypt.hpp"
#include "crypto/hmac.hpp"
#include "crypto/random.hpp"

#include <array>
#include <cmath>
#include <stdexcept>

#include <fmt/format.h>
#include <openssl/crypto.h>

namespace watchword::crypto {
namespace {

constexpr std::size_t argon2id_salt_size = 16;
constexpr std::size_t argon2id_tag_size = 32;

std::string random_bcrypt_text(std::size_t size)
{
    std::string text(size, '\0');
    random_bytes({reinterpret_cast<unsigned char*>(text.data()), size});
    for (char& character : text) {
        character = bcrypt::alphabet[static_cast<unsigned char>(character) % bcrypt::alphabet.size()];
    }
    return bcrypt::without_spare_bits(text);
}

template <std::size_t size>
std::string random_base64()
{
    std::array<unsigned char, size> random;
    random_bytes(random);
    return base64::encode_unpadded(random);
}

std::string nobodys_text(const HashPolicy& policy)
{
    if (policy.scheme == PasswordScheme::argon2id) {
        return fmt::format("$argon2id$v=19$m={},t={},p={}${}${}", policy.argon2id.memory_kib, policy.argon2id.passes,
                           policy.argon2id.lanes, random_base64<argon2id_salt_size>(),
                           random_base64<argon2id_tag_size>());
    }
    return fmt::format("$bcrypt-sha256$v=2,t=2b,r={}${}${}", policy.bcrypt_cost, random_bcrypt_text(bcrypt::salt_size),
                       random_bcrypt_text(bcrypt::checksum_size));
}

/// Bcrypt of the base64 text of a digest, which is shorter than 72 bytes and has no NUL, so that every bit of every
/// password counts.
std::string checksum_of_digest(Bytes digest, int cost, std::string_view salt)
{
    std::string key = base64::encode(digest);
    const std::string checksum = bcrypt::checksum(key, cost, salt);
    OPENSSL_cleanse(key.data(), key.size());
    return checksum;
}

double units(const argon2id::Cost& cost)
{
    return static_cast<double>(cost.memory_kib) * cost.passes;
}

}

HashWork PasswordHash::work() const
{
    if (const auto* function = std::get_if<Bcrypt>(&function_)) {
        return {HashWork::Function::bcrypt, std::exp2(function->cost)};
    }
    return {HashWork::Function::argon2id, units(std::get<Argon2id>(function_).cost)};
}

std::string PasswordHash::checksum_of(const SecretText& password) const
{
    const std::string& text = password.reveal();
    if (const auto* function = std::get_if<Argon2id>(&function_)) {
        return base64::encode_unpadded(
            as_bytes(argon2id::tag(text, function->cost, function->salt, function->tag_size)));
    }
    const auto& function = std::get<Bcrypt>(function_);
    switch (function.input) {
    case Bcrypt::Input::hmac_sha256:
        return checksum_of_digest(hmac(Digest::sha256, as_bytes(function.salt), text).bytes(), function.cost,
                                  function.salt);
    case Bcrypt::Input::sha256:
        return checksum_of_digest(sha256(text), function.cost, function.salt);
    case Bcrypt::Input::password:
        break;
    }
    const std::string checksum = bcrypt::checksum(text, function.cost, function.salt);
    return text.contains('\0') ? std::string() : checksum;
}

bool PasswordHash::has_checksum(std::string_view checksum) const
{
    return constant_time_equal(checksum, checksum_);
}

std::string PasswordHash::text_with(std::string_view checksum) const
{
    return text_.substr(0, text_.size() - checksum_.size()).append(checksum);
}

bool verify(const SecretText& password, const PasswordHash& hash)
{
    return hash.has_checksum(hash.checksum_of(password));
}

std::string make(const SecretText& password, const HashPolicy& policy)
{
    const PasswordHash pattern = nobodys_hash(policy);
    return pattern.text_with(pattern.checksum_of(password));
}

PasswordHash nobodys_hash(const HashPolicy& policy)
{
    const auto hash = PasswordHash::parse(nobodys_text(policy));
    if (!hash) {
        throw std::invalid_argument("the cost of new password hashes is out of bounds");
    }
    return *hash;
}

bool outdated(const PasswordHash& hash, const HashPolicy& policy, std::size_t password_size)
{
    if (const auto* function = std::get_if<PasswordHash::Bcrypt>(&hash.function_)) {
        if (function->input == PasswordHash::Bcrypt::Input::password) {
            return password_size < bcrypt::largest_key;
        }
        return policy.scheme != PasswordScheme::bcrypt_sha256 ||
               function->input != PasswordHash::Bcrypt::Input::hmac_sha256 || function->cost < policy.bcrypt_cost;
    }
    const auto& cost = std::get<PasswordHash::Argon2id>(hash.function_).cost;
    return policy.scheme != PasswordScheme::argon2id || cost.memory_kib < policy.argon2id.memory_kib ||
           units(cost) < units(policy.argon2id);
}

}
