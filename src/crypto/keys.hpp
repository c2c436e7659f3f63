#pragma once

#include "base/secret.hpp"

#include <array>
#include <cstddef>
#include <span>
#include <string_view>

namespace watchword::crypto {

/// 256 bits that are a key. Cannot be logged, printed, compared or copied, and is wiped from memory when it goes.
class Key {
public:
    static constexpr std::size_t size = 32;

    explicit Key(std::span<const unsigned char, size> bytes);
    Key(Key&& other) noexcept;
    Key& operator=(Key&& other) noexcept;
    ~Key();

    std::span<const unsigned char, size> reveal() const { return bytes_; }

    friend bool operator==(const Key&, const Key&) = delete;

private:
    std::array<unsigned char, size> bytes_;
};

/// The keys of the service. All but the one that signs tokens are derived from `SECRET_KEY`, so that instances that
/// know it need to share nothing else, and none of them tells anything about another.
class Keys {
public:
    explicit Keys(SecretText secret_key) : secret_key_(std::move(secret_key)) {}

    /// HKDF-SHA-256 without salt (RFC 5869), with `purpose` as its info: the same 32 bytes for the same purpose on
    /// every instance and in every release. A purpose names one use and its version, as in `one-time code 1`.
    Key derive(std::string_view purpose) const;

private:
    SecretText secret_key_;
};

}
