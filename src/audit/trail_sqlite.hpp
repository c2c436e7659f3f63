#pragma once

#include "audit/trail.hpp"
#include "sqlite/database.hpp"

#include <memory>

namespace watchword::audit {

/// Adapter of the trail for SQLite.
std::unique_ptr<Trail> make_sqlite_trail(sqlite::Database& database);

/// Appends a record, within a transaction of the connection that writes.
void append(sqlite::Connection& connection, const Event& event);

}
