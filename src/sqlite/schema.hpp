#pragma once

#include "sqlite/connection.hpp"

#include <cstdint>
#include <string>

namespace watchword::sqlite {

/// 'WTWD' in the file's header (`PRAGMA application_id`): this database is Watchword's.
constexpr std::int64_t application_id = 0x57545744;

/// The schema that this program works with: the number of its last migration (`PRAGMA user_version`).
std::int64_t schema_version();

/// Makes the file at `path` a database of this program's schema, in WAL mode: creates or recognizes it, then applies
/// the migrations that it lacks, each in a transaction of its own together with its number. Two processes may do this
/// at the same time; each migration is applied once.
///
/// Throws StartRefused, before anything is written, when the file is unsafe (see database_file.hpp), damaged, another
/// application's, of a newer schema or not writable, and when its file system cannot hold a WAL; Unavailable when
/// another process keeps it locked.
void establish_schema(const std::string& path);

}
