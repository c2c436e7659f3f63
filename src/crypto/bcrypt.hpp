#pragma once

#include <cstddef>
#include <string>
#include <string_view>

/// Bcrypt (Provos and Mazières, "A Future-Adaptable Password Scheme", 1999) in its form `2b`; `2y` and every correct
/// `2a` are the same function.
namespace watchword::crypto::bcrypt {

/// What the function does not look beyond.
constexpr std::size_t largest_key = 72;

constexpr int lowest_cost = 4;

/// Ours: 2^15 rounds take more than a second, and whoever can write into the database could otherwise ask for 2^31.
constexpr int highest_cost = 15;

constexpr std::size_t salt_size = 22;
constexpr std::size_t checksum_size = 31;

/// The 64 characters in which bcrypt writes salts and checksums, in the order of their values.
constexpr std::string_view alphabet = "./ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";

/// `text` with the bits of its last character that stand for nothing set to zero, as in what this room writes. Some old
/// implementations left them random. A salt has four of them, a checksum two.
std::string without_spare_bits(std::string_view text);

/// The checksum of `key` after 2^`cost` rounds. Reads `key` up to its first NUL or its 72nd byte. `salt` has 22
/// characters of the alphabet. Takes 2^`cost` × about 50 µs. Throws where libcrypt fails.
std::string checksum(std::string_view key, int cost, std::string_view salt);

}
