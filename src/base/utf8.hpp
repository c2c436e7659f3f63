#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

namespace watchword::utf8 {

/// Whether `text` is well-formed UTF-8 (RFC 3629): no overlong forms, no surrogates, nothing above U+10FFFF.
bool valid(std::string_view text);

/// How many code points `text` has. `text` must be valid.
std::size_t length(std::string_view text);

/// The code points of `text`, or nothing where it is not valid.
std::optional<std::u32string> decode(std::string_view text);

/// Appends one code point to `text`. `code_point` must be a Unicode scalar value.
void append(std::string& text, char32_t code_point);

}
