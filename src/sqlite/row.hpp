#pragma once

#include "base/time.hpp"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <variant>
#include <vector>

namespace watchword::sqlite {

using Blob = std::vector<unsigned char>;

/// What a column can hold. The schema has no REAL.
using Value = std::variant<std::nullptr_t, std::int64_t, std::string, Blob>;

/// One row of an answer, copied out of SQLite. Columns count from 0. Asking for a column that is not there, or for a
/// type that it does not hold, throws std::logic_error: the statement and its reader do not fit together.
class Row {
public:
    explicit Row(std::vector<Value> values) : values_(std::move(values)) {}

    bool is_null(std::size_t column) const;
    std::int64_t integer(std::size_t column) const;
    bool flag(std::size_t column) const { return integer(column) != 0; }
    const std::string& text(std::size_t column) const;
    const Blob& blob(std::size_t column) const;
    Instant instant(std::size_t column) const { return from_microseconds(integer(column)); }

    /// Nothing where the column is NULL.
    std::optional<std::int64_t> optional_integer(std::size_t column) const;
    std::optional<std::string> optional_text(std::size_t column) const;
    std::optional<Instant> optional_instant(std::size_t column) const;

private:
    const Value& value(std::size_t column) const;
    template <class T>
    const T& value_as(std::size_t column, const char* type) const;

    std::vector<Value> values_;
};

}
