#pragma once

#include "base/time.hpp"

#include <concepts>
#include <cstdint>
#include <optional>
#include <span>
#include <string_view>
#include <variant>

namespace watchword::sqlite {

/// A value on its way into a `?` of a statement. Texts and blobs are not copied: the bytes stay the caller's and must
/// live until the call returns.
using Parameter = std::variant<std::nullptr_t, std::int64_t, std::string_view, std::span<const unsigned char>>;

/// Binds `bytes` as a BLOB, for bytes that are kept in a string: hashes, MACs.
inline std::span<const unsigned char> as_blob(std::string_view bytes)
{
    return {reinterpret_cast<const unsigned char*>(bytes.data()), bytes.size()};
}

/// What each C++ type becomes: a bool 0 or 1, an Instant microseconds since 1970, an empty optional NULL. An unsigned
/// 64-bit number is no SQLite integer, so it does not compile.
template <std::integral Number>
    requires(std::signed_integral<Number> || sizeof(Number) < sizeof(std::int64_t))
Parameter to_parameter(Number number)
{
    return static_cast<std::int64_t>(number);
}
inline Parameter to_parameter(std::nullptr_t)
{
    return nullptr;
}
inline Parameter to_parameter(std::string_view text)
{
    return text;
}
inline Parameter to_parameter(std::span<const unsigned char> blob)
{
    return blob;
}
inline Parameter to_parameter(Instant instant)
{
    return std::int64_t{to_microseconds(instant)};
}
template <class T>
Parameter to_parameter(const std::optional<T>& value)
{
    return value ? to_parameter(*value) : Parameter(nullptr);
}

}
