#pragma once

#include "crypto/bytes.hpp"

#include <array>
#include <cstddef>
#include <memory>
#include <string_view>

#include <openssl/types.h>

namespace watchword::crypto {

enum class Digest { sha256, sha384, sha512 };

using Sha256 = std::array<unsigned char, 32>;

/// SHA-256 of a text (FIPS 180-4).
Sha256 sha256(std::string_view message);

/// SHA-256 of a message that comes in pieces. For one thread at a time.
class Sha256Stream {
public:
    Sha256Stream();

    void add(std::string_view piece);

    /// Of all that was added; nothing can be added any more. Called once.
    Sha256 finish();

private:
    struct Free {
        void operator()(EVP_MD_CTX* context) const;
    };

    std::unique_ptr<EVP_MD_CTX, Free> context_;
};

/// Compares in a time that depends on the sizes only. Different sizes are different.
bool constant_time_equal(Bytes left, Bytes right);
bool constant_time_equal(std::string_view left, std::string_view right);

/// A message authentication code: 32, 48 or 64 bytes, as its digest has.
class Mac {
public:
    Bytes bytes() const { return Bytes(value_).first(size_); }
    std::string_view text() const { return as_text(bytes()); }

private:
    friend class HmacKey;

    std::array<unsigned char, 64> value_{};
    std::size_t size_ = 0;
};

/// A key for HMAC (RFC 2104) that has been absorbed once, so that a code costs the message alone: about 0.5 µs for
/// 200 bytes. The key is wiped from memory with the object. Shared between threads without a lock.
class HmacKey {
public:
    HmacKey(Digest digest, Bytes key);

    Mac mac(std::string_view message) const;

private:
    struct Free {
        void operator()(EVP_MD_CTX* context) const;
    };
    using Context = std::unique_ptr<EVP_MD_CTX, Free>;

    static Context absorb(Digest digest, Bytes key, unsigned char pad);
    static Context scratch();

    Context inner_;
    Context outer_;
};

/// HMAC for a key that is used once.
Mac hmac(Digest digest, Bytes key, std::string_view message);

}
