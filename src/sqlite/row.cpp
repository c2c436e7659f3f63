#include "sqlite/row.hpp"

#include <stdexcept>

#include <fmt/format.h>

namespace watchword::sqlite {

const Value& Row::value(std::size_t column) const
{
    if (column >= values_.size()) {
        throw std::logic_error(fmt::format("column {} of a row that has {} columns", column, values_.size()));
    }
    return values_[column];
}

template <class T>
const T& Row::value_as(std::size_t column, const char* type) const
{
    const auto* found = std::get_if<T>(&value(column));
    if (!found) {
        throw std::logic_error(fmt::format("column {} of a row holds no {}", column, type));
    }
    return *found;
}

bool Row::is_null(std::size_t column) const
{
    return std::holds_alternative<std::nullptr_t>(value(column));
}

std::int64_t Row::integer(std::size_t column) const
{
    return value_as<std::int64_t>(column, "integer");
}

const std::string& Row::text(std::size_t column) const
{
    return value_as<std::string>(column, "text");
}

const Blob& Row::blob(std::size_t column) const
{
    return value_as<Blob>(column, "blob");
}

std::optional<std::int64_t> Row::optional_integer(std::size_t column) const
{
    return is_null(column) ? std::nullopt : std::optional(integer(column));
}

std::optional<std::string> Row::optional_text(std::size_t column) const
{
    return is_null(column) ? std::nullopt : std::optional(text(column));
}

std::optional<Instant> Row::optional_instant(std::size_t column) const
{
    return is_null(column) ? std::nullopt : std::optional(instant(column));
}

}
