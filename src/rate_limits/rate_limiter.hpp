#pragma once

#include "base/result.hpp"
#include "rate_limits/rates.hpp"
#include "runtime/deadline.hpp"
#include "runtime/task.hpp"

#include <string_view>

namespace watchword::rate_limits {

/// What is counted together: the requests of one client under one limit.
struct Bucket {
    std::string_view limit;  ///< its name, `login`; always with the same rates
    std::string_view client; ///< the bytes of its network, the wider part first (`http::limit_key`), or of its account
};

/// Counts requests against flood. The port between what is limited and where counts are kept; used from every I/O
/// thread.
///
/// Losing the counts means that clients start anew. What must outlive a restart or hold over several instances whatever
/// happens is counted by SecurityCounters instead.
class RateLimiter {
public:
    virtual ~RateLimiter() = default;

    /// Counts one more request, if each of the rates allows it (GCRA, see gcra.hpp). Errors: `rate_limited`, with the
    /// whole seconds after which the same call passes; it was not counted then.
    virtual Task<Result<>> take(const Bucket& bucket, const Rates& rates, Deadline deadline) = 0;
};

}
