#pragma once

#include "base/time.hpp"

#include <concepts>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace watchword::postgres {

/// A value on its way into a `$` of a statement.
struct Parameter {
    std::optional<std::string> value; ///< nothing: NULL
    bool is_binary = false;
};

/// Binds `bytes` as a bytea, for bytes that are kept in a string: hashes, MACs.
inline std::span<const unsigned char> as_blob(std::string_view bytes)
{
    return {reinterpret_cast<const unsigned char*>(bytes.data()), bytes.size()};
}

/// A text that came from outside and matters little, as a column of PostgreSQL takes it: without NUL, and with `?` in
/// the place of each byte that is no UTF-8.
std::string storable_text(std::string_view text);

/// What each C++ type becomes. A text with a NUL byte, which no text of PostgreSQL can hold, throws
/// std::invalid_argument; see `storable_text`.
Parameter to_parameter(std::string_view text);
Parameter to_parameter(std::span<const unsigned char> blob);
Parameter to_parameter(Instant instant);
template <std::same_as<bool> Flag> // so that a literal text does not become one
Parameter to_parameter(Flag flag)
{
    return {flag ? "t" : "f"};
}
template <std::integral Number>
    requires(!std::same_as<Number, bool>)
Parameter to_parameter(Number number)
{
    return {std::to_string(number)};
}
inline Parameter to_parameter(std::nullopt_t)
{
    return {};
}
template <class T>
Parameter to_parameter(const std::optional<T>& value)
{
    return value ? to_parameter(*value) : Parameter{};
}

struct Statement {
    std::string sql;
    std::vector<Parameter> parameters;
};

/// Statements that travel together before one Sync: PostgreSQL takes them for one transaction. None of them can depend
/// on the answer to another one.
class Flight {
public:
    /// Copies its parameters. Their types are what the statement makes of them: cast where that is not plain
    /// (`$1::timestamptz`).
    template <class... Values>
    Flight& add(std::string_view sql, const Values&... values)
    {
        statements_.push_back({std::string(sql), {to_parameter(values)...}});
        return *this;
    }

    const std::vector<Statement>& statements() const { return statements_; }

private:
    std::vector<Statement> statements_;
};

}
