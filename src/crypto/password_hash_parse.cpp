#include "crypto/base64url.hpp"
#include "crypto/bcrypt.hpp"
#include "crypto/password_hash.hpp"

#include <charconv>

namespace watchword::crypto {
namespace {

// The columns of the old database hold no more.
constexpr std::size_t largest_stored = 255;

constexpr std::size_t shortest_salt = 8;
constexpr std::size_t shortest_tag = 16; // RFC 9106 §3.1 allows 4 bytes, which can be guessed

/// What is left of a stored hash while it is read from the left.
class Rest {
public:
    explicit Rest(std::string_view text) : text_(text) {}

    bool skip(std::string_view literal)
    {
        const bool found = text_.starts_with(literal);
        if (found) {
            text_.remove_prefix(literal.size());
        }
        return found;
    }

    /// A number without sign and without leading zeros.
    std::optional<std::uint32_t> number()
    {
        std::uint32_t value = 0;
        const auto [end, error] = std::from_chars(text_.data(), text_.data() + text_.size(), value);
        if (error != std::errc{} || (text_.front() == '0' && end - text_.data() > 1)) {
            return std::nullopt;
        }
        text_.remove_prefix(static_cast<std::size_t>(end - text_.data()));
        return value;
    }

    /// The next `size` characters, or all where fewer are left.
    std::string_view take(std::size_t size)
    {
        const std::string_view taken = text_.substr(0, size);
        text_.remove_prefix(taken.size());
        return taken;
    }

    /// What stands before the next `$`, or all where none follows.
    std::string_view field() { return take(std::min(text_.find('$'), text_.size())); }

    bool at_end() const { return text_.empty(); }

private:
    std::string_view text_;
};

bool is_bcrypt_text(std::string_view text, std::size_t size)
{
    return text.size() == size && text.find_first_not_of(bcrypt::alphabet) == std::string_view::npos;
}

bool is_bcrypt_cost(std::optional<std::uint32_t> cost)
{
    return cost && *cost >= bcrypt::lowest_cost && *cost <= bcrypt::highest_cost;
}

/// A plain bcrypt hash writes its cost with two digits.
std::optional<std::uint32_t> two_digit_number(std::string_view digits)
{
    Rest rest(digits.starts_with('0') ? digits.substr(1) : digits);
    const auto value = rest.number();
    return digits.size() == 2 && rest.at_end() ? value : std::nullopt;
}

}

std::optional<PasswordHash> PasswordHash::parse(std::string_view stored)
{
    if (stored.size() > largest_stored) {
        return std::nullopt;
    }
    if (stored.starts_with("$argon2id$")) {
        return parse_argon2id(stored);
    }
    return stored.starts_with("$bcrypt-sha256$") ? parse_bcrypt_sha256(stored) : parse_plain_bcrypt(stored);
}

std::optional<PasswordHash> PasswordHash::parse_plain_bcrypt(std::string_view stored)
{
    Rest rest(stored);
    if (!rest.skip("$2a$") && !rest.skip("$2b$") && !rest.skip("$2y$")) {
        return std::nullopt;
    }
    const auto cost = two_digit_number(rest.field());
    const bool separated = rest.skip("$");
    const std::string_view salt = rest.take(bcrypt::salt_size);
    const std::string_view checksum = rest.take(bcrypt::checksum_size);
    if (!is_bcrypt_cost(cost) || !separated || !is_bcrypt_text(salt, bcrypt::salt_size) ||
        !is_bcrypt_text(checksum, bcrypt::checksum_size) || !rest.at_end()) {
        return std::nullopt;
    }
    const Bcrypt function{Bcrypt::Input::password, static_cast<int>(*cost), bcrypt::without_spare_bits(salt)};
    return PasswordHash(function, bcrypt::without_spare_bits(checksum), stored);
}

std::optional<PasswordHash> PasswordHash::parse_bcrypt_sha256(std::string_view stored)
{
    Rest rest(stored);
    rest.skip("$bcrypt-sha256$");
    const bool second_version = rest.skip("v=2,t=2b,r=");
    if (!second_version && !rest.skip("2a,") && !rest.skip("2b,")) {
        return std::nullopt;
    }
    const auto cost = rest.number();
    const bool separated = rest.skip("$");
    const std::string_view salt = rest.field();
    const bool separated_again = rest.skip("$");
    const std::string_view checksum = rest.take(bcrypt::checksum_size);
    if (!is_bcrypt_cost(cost) || !separated || !is_bcrypt_text(salt, bcrypt::salt_size) || !separated_again ||
        !is_bcrypt_text(checksum, bcrypt::checksum_size) || !rest.at_end()) {
        return std::nullopt;
    }
    const Bcrypt function{second_version ? Bcrypt::Input::hmac_sha256 : Bcrypt::Input::sha256, static_cast<int>(*cost),
                          bcrypt::without_spare_bits(salt)};
    return PasswordHash(function, bcrypt::without_spare_bits(checksum), stored);
}

std::optional<PasswordHash> PasswordHash::parse_argon2id(std::string_view stored)
{
    Rest rest(stored);
    if (!rest.skip("$argon2id$v=19$m=")) {
        return std::nullopt;
    }
    const auto memory = rest.number();
    const auto passes = rest.skip(",t=") ? rest.number() : std::nullopt;
    const auto lanes = rest.skip(",p=") ? rest.number() : std::nullopt;
    if (!memory || !passes || !lanes || !rest.skip("$")) {
        return std::nullopt;
    }
    const argon2id::Cost cost{*memory, *passes, *lanes};
    const auto salt = base64::decode_unpadded(rest.field());
    const std::string_view checksum = rest.skip("$") ? rest.field() : "";
    const auto tag = base64::decode_unpadded(checksum);
    if (!argon2id::acceptable(cost) || !salt || salt->size() < shortest_salt || !tag || tag->size() < shortest_tag ||
        !rest.at_end()) {
        return std::nullopt;
    }
    return PasswordHash(Argon2id{cost, *salt, tag->size()}, checksum, stored);
}

}
