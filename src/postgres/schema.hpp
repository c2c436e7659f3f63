#pragma once

#include "base/embedded_text.hpp"
#include "postgres/connection.hpp"

#include <cstdint>
#include <span>

namespace watchword::postgres {

/// The schema that this program works with: the number of its last migration.
std::int64_t schema_version();

/// Applies the migrations that the database lacks, in their order, under a lock that other instances wait for. Each is
/// a transaction together with its number, but for those whose first line is `-- not in a transaction`: their
/// statements stand on their own, must bear to be begun again, and each ends at a line that ends with a semicolon; an
/// index that they name and that was left half built is dropped before. No statement has a time limit.
///
/// `options` must lead to the server itself: a pooler in transaction mode keeps no lock. Blocks. Throws StartRefused
/// when the schema is newer than this program, and when the server refuses a statement; Unavailable when it cannot be
/// reached.
void establish_schema(ConnectionOptions options, std::span<const EmbeddedText> migrations);

/// The same with the migrations of this program.
void establish_schema(const ConnectionOptions& options);

}
