#pragma once

#include <cstddef>
#include <expected>
#include <optional>
#include <string_view>
#include <variant>

#include <boost/json/value.hpp>

/// JSON as Python's `json` module reads it, up to the words and offsets of its errors (CPython 3.11,
/// `Modules/_json.c`). It accepts what Boost.JSON refuses: NaN and infinities, lone surrogates, a byte order mark,
/// UTF-16 and UTF-32. It is slower, so it reads only what Boost.JSON could not and what is to be told back to the
/// client.
namespace watchword::http::python_json {

/// How many arrays and objects may stand inside one another. The interpreter's own bound lies between 900 and 1000 and
/// moves with the depth of its stack.
constexpr std::size_t max_depth = 900;

/// Not JSON.
struct SyntaxError {
    std::size_t offset;       ///< in code points, after the byte order mark
    std::string_view problem; ///< `Expecting value`
};

/// Bytes that are no text, or nested deeper than max_depth.
struct Unreadable {};

using Failure = std::variant<SyntaxError, Unreadable>;

/// Reads one JSON text. Takes time and memory in proportion to its length, and stack for max_depth levels.
///
/// Of equal keys the last wins. A lone surrogate stands in a string as its three bytes, which are no valid UTF-8. A
/// number that boost::json::value cannot hold is kept as it was written, see exact_number.
std::expected<boost::json::value, Failure> read(std::string_view bytes);

/// The text of a number that is an integer beyond 64 bits or a floating-point number beyond its range; nothing for any
/// other value. Such a number looks like an object with one member whose key no text can have.
std::optional<std::string_view> exact_number(const boost::json::value& value);

}
