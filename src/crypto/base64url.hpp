#pragma once

#include "crypto/bytes.hpp"

#include <optional>
#include <string>
#include <string_view>

/// Base64 with the alphabet that is safe in URLs and without padding (RFC 4648 §5): what tokens are written in.
namespace watchword::crypto::base64url {

std::string encode(Bytes bytes);
std::string encode(std::string_view bytes);

/// The bytes behind `text`, or nothing unless `text` is exactly what `encode` gives for them: padding, `+` and `/`,
/// white space, a length that no bytes have and spare bits that are not zero are refused, so that no two texts mean the
/// same token (RFC 4648 §3.5, RFC 7515 §2).
std::optional<std::string> decode(std::string_view text);

}

/// Base64 with the classic alphabet (RFC 4648 §4).
namespace watchword::crypto::base64 {

/// With `=` padding.
std::string encode(Bytes bytes);

/// Without padding, the form inside stored argon2 hashes.
std::string encode_unpadded(Bytes bytes);

/// As strict as `base64url::decode`, for what `encode_unpadded` gives.
std::optional<std::string> decode_unpadded(std::string_view text);

}
