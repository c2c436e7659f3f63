#pragma once

#include <cstddef>
#include <span>
#include <string>

/// Random values from OpenSSL's generator, which the kernel seeds. Callable from every thread. Each function throws
/// rather than return anything predictable.
namespace watchword::crypto {

/// Fills `bytes`.
void random_bytes(std::span<unsigned char> bytes);

/// `bytes` random bytes as twice as many lower-case hexadecimal digits.
std::string random_hex(std::size_t bytes);

/// `count` decimal digits, each of the 10^count texts equally likely. Leading zeros belong to the text.
std::string random_digits(std::size_t count);

}
