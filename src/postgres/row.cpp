#include "postgres/row.hpp"

#include <algorithm>
#include <initializer_list>
#include <stdexcept>

#include <fmt/format.h>

namespace watchword::postgres {
namespace {

// The numbers of the types are part of PostgreSQL's catalog and do not change (src/include/catalog/pg_type.dat).
enum Type : Oid {
    boolean = 16,
    bytea = 17,
    name = 19,
    bigint = 20,
    smallint = 21,
    integer = 23,
    text = 25,
    varchar = 1043,
    timestamptz = 1184
};

// timestamptz counts microseconds from 2000-01-01.
constexpr std::int64_t epoch_of_postgres = 946'684'800'000'000;

}

std::string_view Row::bytes(int column) const
{
    if (column < 0 || column >= PQnfields(result_.get()) || PQgetisnull(result_.get(), row_, column) == 1) {
        throw std::logic_error(fmt::format("column {} of the answer is not there or NULL", column));
    }
    return {PQgetvalue(result_.get(), row_, column),
            static_cast<std::size_t>(PQgetlength(result_.get(), row_, column))};
}

namespace {

void require(const PGresult* result, int column, std::initializer_list<Oid> types)
{
    const Oid type = PQftype(result, column);
    if (std::ranges::find(types, type) == types.end()) {
        throw std::logic_error(fmt::format("column {} of the answer has type {}", column, type));
    }
}

}

std::int64_t Row::number(int column) const
{
    const auto big_endian = bytes(column);
    std::uint64_t value = big_endian.empty() || static_cast<signed char>(big_endian[0]) >= 0 ? 0 : ~std::uint64_t{0};
    for (const char byte : big_endian) {
        value = value << 8 | static_cast<unsigned char>(byte);
    }
    return static_cast<std::int64_t>(value);
}

bool Row::is_null(int column) const
{
    return PQgetisnull(result_.get(), row_, column) == 1;
}

std::int64_t Row::integer(int column) const
{
    require(result_.get(), column, {smallint, Type::integer, bigint});
    return number(column);
}

bool Row::flag(int column) const
{
    require(result_.get(), column, {boolean});
    return number(column) != 0;
}

std::string Row::text(int column) const
{
    require(result_.get(), column, {Type::text, varchar, name});
    return std::string(bytes(column));
}

Blob Row::blob(int column) const
{
    require(result_.get(), column, {bytea});
    const auto all = bytes(column);
    return {all.begin(), all.end()};
}

Instant Row::instant(int column) const
{
    require(result_.get(), column, {timestamptz});
    return from_microseconds(number(column) + epoch_of_postgres);
}

std::optional<std::int64_t> Row::optional_integer(int column) const
{
    return is_null(column) ? std::nullopt : std::optional(integer(column));
}

std::optional<std::string> Row::optional_text(int column) const
{
    return is_null(column) ? std::nullopt : std::optional(text(column));
}

std::optional<Blob> Row::optional_blob(int column) const
{
    return is_null(column) ? std::nullopt : std::optional(blob(column));
}

std::optional<Instant> Row::optional_instant(int column) const
{
    return is_null(column) ? std::nullopt : std::optional(instant(column));
}

Rows rows_of(std::shared_ptr<const PGresult> result)
{
    Rows rows;
    const int count = PQntuples(result.get());
    rows.reserve(static_cast<std::size_t>(count));
    for (int i = 0; i < count; ++i) {
        rows.emplace_back(result, i);
    }
    return rows;
}

}
