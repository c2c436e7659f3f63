#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace watchword::http {

/// A header value of the form `value; name=text; name="text"`, as `Content-Type` and `Content-Disposition` have it.
struct ParameterizedValue {
    std::string value;                                           ///< in lower case
    std::vector<std::pair<std::string, std::string>> parameters; ///< names in lower case, each once, in their order

    /// The text of the parameter of that name, or null.
    const std::string* find(std::string_view name) const;
};

/// Reads such a value. Nothing where a parameter has no `=`, a quote is not closed, something stands behind it, or a
/// name occurs twice: two readers could then disagree about what is meant.
///
/// In a quoted text only `\"` and `\\` are escapes. Any other backslash stays, since browsers write names of files
/// with a bare one (RFC 7578 §4.2 leaves it open).
std::optional<ParameterizedValue> read_parameterized(std::string_view text);

}
