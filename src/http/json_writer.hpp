#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include <boost/json/value.hpp>

namespace watchword::http {

/// Appends `text` as a JSON string. The result is valid UTF-8 and valid JSON whatever `text` holds: what is not
/// well-formed UTF-8 becomes U+FFFD. Everything else stays as it is, apart from what RFC 8259 §7 wants escaped.
void append_string(std::string& out, std::string_view text);

void append_integer(std::string& out, std::int64_t number);

/// Appends a value that python_json.hpp or Boost.JSON has read, in the form of Python's `json.dumps` without blanks.
/// What JSON has no word for (NaN, infinity) becomes `null`. Recurses as deeply as the value is nested.
void append_value(std::string& out, const boost::json::value& value);

}
