#pragma once

#include <span>
#include <string_view>

namespace watchword::crypto {

using Bytes = std::span<const unsigned char>;

/// The bytes of a text, without a copy.
inline Bytes as_bytes(std::string_view text)
{
    return {reinterpret_cast<const unsigned char*>(text.data()), text.size()};
}

/// Bytes as a text, without a copy. They need not be UTF-8.
inline std::string_view as_text(Bytes bytes)
{
    return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

}
