#pragma once

#include "base/unavailable.hpp"

#include <stdexcept>
#include <string>

#include <libpq-fe.h>

namespace watchword::postgres {

/// A statement that PostgreSQL refuses for what it says: a mistake in the program, or a value that no column takes.
class Failure : public std::runtime_error {
public:
    Failure(std::string sqlstate, const std::string& text) : std::runtime_error(text), sqlstate_(std::move(sqlstate)) {}

    /// Five characters (PostgreSQL manual, appendix A).
    const std::string& sqlstate() const { return sqlstate_; }

private:
    std::string sqlstate_;
};

/// A transaction that lost to others, in a deadlock or by their order. Nothing of it was done, and done again it may
/// succeed.
class Collision : public Unavailable {
public:
    using Unavailable::Unavailable;
};

/// What a result with an error stands for. What may be over in a moment is Unavailable: a lost connection, a timeout,
/// a Collision, too many connections, a server that shuts down or has become read-only. All else is Failure. The text
/// never holds a value of the statement.
std::exception_ptr failure_of(const PGresult* result);

/// Whether the connection that said so is of no use any more: its server stops or takes no writes now.
bool tells_to_leave(const PGresult* result);

/// Whether a prepared statement was refused for what has happened to it since it was prepared. Prepared anew it may
/// work.
bool tells_to_prepare(const PGresult* result);

}
