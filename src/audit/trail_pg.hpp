#pragma once

#include "audit/trail.hpp"
#include "postgres/database.hpp"

#include <memory>

namespace watchword::audit {

/// Adapter of the trail for PostgreSQL, where the function `watchword_audit` appends.
std::unique_ptr<Trail> make_pg_trail(postgres::Database& database);

}
