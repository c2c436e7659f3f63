#pragma once

#include <cstddef>
#include <expected>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace watchword {

/// The variables of a process with their exact names, in the order in which the process has them.
using Environment = std::vector<std::pair<std::string, std::string>>;

/// What one line of a `.env` file says, or several lines where a quoted value holds line breaks.
struct DotenvVariable {
    std::string name;                 ///< as written
    std::optional<std::string> value; ///< nothing for a name without `=`
    std::size_t line;                 ///< of the name, from 1

    bool operator==(const DotenvVariable&) const = default;
};

struct Dotenv {
    std::vector<DotenvVariable> variables;  ///< each name once, in the order of first appearance, with its last value
    std::vector<std::size_t> invalid_lines; ///< could not be read and were skipped
};

/// Reads a `.env` file as python-dotenv 1.2 does, quirks included, since the service that this one replaces used it:
/// the same file must not give another key or password.
///
/// `export` may stand before a name; blanks around `=` are dropped; an unquoted value ends at blank and `#` and loses
/// the blanks at its ends; in double quotes `\n`, `\"` and their like are escapes, in single quotes `\'` and `\\`; a
/// quoted value may span lines. `${NAME}` and `${NAME:-default}` are replaced in every value, single-quoted ones too,
/// first by what the file has said before, then by `environment`. A byte order mark and CRLF are accepted. A line that
/// cannot be read is skipped.
///
/// Fails only where the file is not UTF-8; the error names the line.
std::expected<Dotenv, std::string> parse_dotenv(std::string_view bytes, const Environment& environment);

}
