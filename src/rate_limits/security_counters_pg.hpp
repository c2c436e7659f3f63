#pragma once

#include "base/time.hpp"
#include "postgres/database.hpp"
#include "rate_limits/security_counters.hpp"

#include <memory>

namespace watchword::rate_limits {

/// Security counters in the table `security_counters` of PostgreSQL, exact over all instances; see those of SQLite. A
/// refusal waits for no write.
std::unique_ptr<SecurityCounters> make_pg_security_counters(postgres::Database& database, const Clock& clock);

}
