#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

/// Argon2id, version 1.3 (RFC 9106).
namespace watchword::crypto::argon2id {

struct Cost {
    std::uint32_t memory_kib = 19 * 1024;
    std::uint32_t passes = 2;
    std::uint32_t lanes = 1;
};

/// Ours, so that a stored hash cannot ask for more memory or time than a server has.
constexpr std::uint32_t most_memory_kib = 256 * 1024;
constexpr std::uint32_t most_passes = 16;
constexpr std::uint32_t most_lanes = 8;

/// Whether the function is defined for `cost` and within the bounds above.
bool acceptable(const Cost& cost);

/// The tag of `password`, `tag_size` bytes. `cost` must be acceptable, `salt` have at least 8 bytes. All lanes are
/// computed on the calling thread. Throws `Unavailable` where the memory is not to be had.
std::string tag(std::string_view password, const Cost& cost, std::string_view salt, std::size_t tag_size);

}
