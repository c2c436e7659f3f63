#pragma once

#include "crypto/bytes.hpp"
#include "crypto/keys.hpp"

#include <optional>
#include <string>
#include <string_view>
#include <vector>

/// Authenticated encryption of what waits in the database and must not be readable there.
namespace watchword::crypto {

/// Encrypts `plain` with AES-256-GCM (NIST SP 800-38D). What returns is a random nonce of 12 bytes, then the
/// ciphertext, then a tag of 16 bytes. `associated` is not contained but must be the same when opening: name the row
/// and the purpose in it, so that a value that is moved to another row does not open. One key may seal 2^32 values.
std::vector<unsigned char> seal(const Key& key, std::string_view plain, std::string_view associated);

/// What was sealed, or nothing where the key or `associated` is another one or a bit of `sealed` has changed.
std::optional<std::string> open(const Key& key, Bytes sealed, std::string_view associated);

}
