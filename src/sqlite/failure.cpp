#include "sqlite/failure.hpp"

#include <stdexcept>
#include <system_error>

#include <fmt/format.h>
#include <sqlite3.h>

namespace watchword::sqlite {
namespace {

std::string describe(sqlite3* handle, int code, std::string_view statement)
{
    std::string text = fmt::format("SQLite: {} (code {}) in `{}`", sqlite3_errmsg(handle), code, statement);
    const int primary = code & 0xFF;
    const int system_error = sqlite3_system_errno(handle);
    if ((primary == SQLITE_IOERR || primary == SQLITE_CANTOPEN) && system_error != 0) {
        text += ": " + std::generic_category().message(system_error);
    }
    return text;
}

}

void throw_failure(sqlite3* handle, int code, std::string_view statement)
{
    const std::string text = describe(handle, code, statement);
    switch (code & 0xFF) {
    case SQLITE_ERROR:
    case SQLITE_INTERNAL:
    case SQLITE_TOOBIG:
    case SQLITE_CONSTRAINT:
    case SQLITE_MISMATCH:
    case SQLITE_MISUSE:
    case SQLITE_AUTH:
    case SQLITE_RANGE:
        throw std::logic_error(text);
    case SQLITE_CORRUPT:
    case SQLITE_NOTADB:
        throw Damaged(text);
    case SQLITE_BUSY:
        throw Locked(text);
    default:
        throw Unavailable(text);
    }
}

}
