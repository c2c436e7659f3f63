#pragma once

#include "base/time.hpp"

#include <concepts>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace watchword::postgres {

using Blob = std::vector<unsigned char>;

/// Bytes that are kept in a string (hashes, MACs), to be sent as a `bytea`.
struct BytesView {
    std::string_view bytes;
};
inline BytesView as_blob(std::string_view bytes)
{
    return {bytes};
}

/// `text` with every byte replaced that a PostgreSQL text cannot hold: NUL, and what is not UTF-8. For texts that only
/// people read.
std::string storable_text(std::string_view text);

/// A value on its way into a `$n` of a statement, in PostgreSQL's text form; empty: NULL. The statement says its type.
using Parameter = std::optional<std::string>;

Parameter to_parameter(std::string_view text);
Parameter to_parameter(const Blob& blob);
Parameter to_parameter(BytesView blob);
Parameter to_parameter(Instant instant);
inline Parameter to_parameter(const std::string& text)
{
    return text;
}
inline Parameter to_parameter(const char* text)
{
    return std::string(text);
}
template <std::integral Number>
Parameter to_parameter(Number number)
{
    return std::to_string(number);
}
inline Parameter to_parameter(bool flag)
{
    return flag ? "t" : "f";
}
template <class T>
Parameter to_parameter(const std::optional<T>& value)
{
    return value ? to_parameter(*value) : Parameter();
}

/// One row of an answer. Columns count from 0. Asking for a column that is not there, or for a type that it does not
/// hold, throws std::logic_error: the statement and its reader do not fit together.
class Row {
public:
    explicit Row(std::vector<std::optional<std::string>> values) : values_(std::move(values)) {}

    bool is_null(std::size_t column) const;
    std::int64_t integer(std::size_t column) const;
    bool flag(std::size_t column) const { return text(column) == "t"; }
    const std::string& text(std::size_t column) const;
    Blob blob(std::size_t column) const;
    Instant instant(std::size_t column) const;

    /// Nothing where the column is NULL.
    std::optional<std::int64_t> optional_integer(std::size_t column) const;
    std::optional<std::string> optional_text(std::size_t column) const;
    std::optional<Instant> optional_instant(std::size_t column) const;

private:
    std::vector<std::optional<std::string>> values_;
};

using Rows = std::vector<Row>;

}
