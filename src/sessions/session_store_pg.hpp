#pragma once

#include "postgres/database.hpp"
#include "sessions/session_store.hpp"

#include <memory>

namespace watchword::sessions {

std::unique_ptr<SessionStore> make_pg_session_store(postgres::Database& database);

}
