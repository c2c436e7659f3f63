#pragma once

#include "http/route.hpp"
#include "rate_limits/rate_limiter.hpp"
#include "rate_limits/rates.hpp"

#include <string>

namespace watchword::rate_limits {

/// Counts the requests of one account to the routes that share this limit, from wherever they come. For
/// `Route::caller_limit`.
class AccountLimit final : public http::Limit {
public:
    /// `name` tells this limit from the others in the same limiter.
    AccountLimit(RateLimiter& limiter, std::string name, Rates rates);

    /// Errors: `rate_limited`, with the seconds to wait.
    Task<Result<>> take(const http::Request& request) override;

private:
    RateLimiter& limiter_;
    std::string name_;
    Rates rates_;
};

}
