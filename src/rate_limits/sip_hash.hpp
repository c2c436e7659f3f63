#pragma once

#include <array>
#include <cstdint>
#include <string_view>

namespace watchword::rate_limits {

/// SipHash-2-4 (Aumasson and Bernstein, 2012): a hash under a secret key, so that whoever chooses the keys of a table
/// cannot choose where they fall.
class SipHash {
public:
    /// Under a random key of its own.
    SipHash();
    explicit SipHash(const std::array<unsigned char, 16>& key);

    std::uint64_t operator()(std::string_view text) const;

private:
    std::uint64_t key_0_;
    std::uint64_t key_1_;
};

}
