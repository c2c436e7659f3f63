#pragma once

#include <optional>
#include <string_view>

#include <boost/json/object.hpp>

namespace watchword::crypto {

/// The JSON object that `text` is, or nothing unless every reader must read the same from it: one object and nothing
/// behind it, valid UTF-8, no member twice in any object, at most 32 levels (RFC 7515 §4, RFC 7519 §4).
std::optional<boost::json::object> parse_strict_object(std::string_view text);

}
