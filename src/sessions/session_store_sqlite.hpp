#pragma once

#include "sessions/session_store.hpp"
#include "sqlite/database.hpp"

#include <memory>

namespace watchword::sessions {

std::unique_ptr<SessionStore> make_sqlite_session_store(sqlite::Database& database);

}
