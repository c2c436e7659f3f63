#pragma once

#include "rate_limits/rate_limiter.hpp"
#include "redis/client.hpp"

#include <memory>

namespace watchword::rate_limits {

/// Counts in Redis, for all instances together and by its clock: one round trip a request. The key of a bucket is
/// `watchword:1:limit:` with the limit's name and the client's bytes in hexadecimal; it expires when nothing that was
/// taken still counts.
///
/// What Redis does not answer, within its command timeout or because it is known to be lost, is decided by `local`,
/// which is told of what passes here meanwhile. So nobody passes uncounted: when Redis dies an instance goes on where
/// it was, and however often it comes and goes no more pass than it and the memory of each instance allow. Both outlive
/// the result.
std::unique_ptr<RateLimiter> make_redis_rate_limiter(redis::Client& redis, RateLimiter& local);

}
