#pragma once

#include <filesystem>

namespace watchword::sqlite {

/// Sees to it that `path` (absolute) is a file which only its owner can read before SQLite opens it; SQLite gives its
/// `-wal` and
/// `-shm` files the mode of the database file.
///
/// A missing file is created empty with mode 0600 and its folder entry synced. A mode that lets others in is repaired,
/// with a warning in the log. Throws StartRefused when the folder is missing, the file belongs to another user or is no
/// regular file, and when the database is missing while its write-ahead log still holds data.
void secure_database_file(const std::filesystem::path& path);

}
