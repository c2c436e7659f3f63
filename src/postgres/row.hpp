#pragma once

#include "base/time.hpp"

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include <libpq-fe.h>

namespace watchword::postgres {

using Blob = std::vector<unsigned char>;

/// One row of an answer in PostgreSQL's binary format. Columns count from 0. Asking for a column that is not there, or
/// for a type that it does not hold, throws std::logic_error: the statement and its reader do not fit together.
class Row {
public:
    Row(std::shared_ptr<const PGresult> result, int row) : result_(std::move(result)), row_(row) {}

    bool is_null(int column) const;
    std::int64_t integer(int column) const; ///< smallint, integer, bigint
    bool flag(int column) const;
    std::string text(int column) const; ///< text, varchar, name
    Blob blob(int column) const;
    Instant instant(int column) const; ///< timestamptz

    /// Nothing where the column is NULL.
    std::optional<std::int64_t> optional_integer(int column) const;
    std::optional<std::string> optional_text(int column) const;
    std::optional<Blob> optional_blob(int column) const;
    std::optional<Instant> optional_instant(int column) const;

private:
    std::string_view bytes(int column) const;
    std::int64_t number(int column) const;

    std::shared_ptr<const PGresult> result_;
    int row_;
};

using Rows = std::vector<Row>;

/// The rows of a result, which they own together.
Rows rows_of(std::shared_ptr<const PGresult> result);

}
