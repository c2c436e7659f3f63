#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace watchword::http {

/// The code points of a JSON text, without its byte order mark. Which of UTF-8, UTF-16 and UTF-32 it is in is seen from
/// the mark or from where its first zero bytes are, as RFC 4627 §3 describes and Python's `json.detect_encoding` does.
/// Lone surrogates are let through (Python's `surrogatepass`). Nothing where the bytes are no text in that encoding.
std::optional<std::u32string> decode_json(std::string_view bytes);

}
