#pragma once

#include "base/unavailable.hpp"

#include <string_view>

struct sqlite3;

namespace watchword::sqlite {

/// The file is no SQLite database, or pages of it are damaged. Nothing but a person with a backup can help.
class Damaged : public Unavailable {
public:
    using Unavailable::Unavailable;
};

/// Another connection holds a lock on the file.
class Locked : public Unavailable {
public:
    using Unavailable::Unavailable;
};

/// Throws what the result code of the last call on `handle` stands for. A mistake in the program (bad SQL, a wrong
/// parameter, a constraint that the statements should have kept) is std::logic_error; a damaged file is Damaged, one
/// that stays locked is Locked; all else that stops SQLite (disk full or failing, read-only, out of memory) is
/// Unavailable. The text names the statement and never a bound value.
[[noreturn]] void throw_failure(sqlite3* handle, int code, std::string_view statement);

}
