#pragma once

#include "base/time.hpp"
#include "rate_limits/security_counters.hpp"
#include "sqlite/database.hpp"

#include <memory>

namespace watchword::rate_limits {

/// Security counters in the table `security_counters`: a row for each rate of a key, by its place in the list, with the
/// moment at which the whole count is allowed again, in nanoseconds since 1970. Where the wall clock goes back, a
/// moment too far ahead is taken for an empty bucket. A refusal waits for no write.
std::unique_ptr<SecurityCounters> make_sqlite_security_counters(sqlite::Database& database, const Clock& clock);

}
