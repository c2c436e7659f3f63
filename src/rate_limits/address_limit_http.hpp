#pragma once

#include "http/address.hpp"
#include "http/route.hpp"
#include "rate_limits/rate_limiter.hpp"
#include "rate_limits/rates.hpp"

#include <atomic>
#include <chrono>
#include <functional>
#include <string>

namespace watchword::rate_limits {

/// Says in the log, at most once a minute, that X-Forwarded-For arrives while no proxy is trusted: then all clients
/// behind a proxy are counted as one, and whoever reads "rate limit exceeded" looks for the reason here. Used from
/// every thread.
class UntrustedProxyNotice {
public:
    using Now = std::function<std::chrono::steady_clock::time_point()>;

    explicit UntrustedProxyNotice(const http::TrustedProxies& proxies, Now now = std::chrono::steady_clock::now);

    void look_at(const http::Request& request);

private:
    bool none_is_trusted_;
    Now now_;
    std::atomic<std::chrono::nanoseconds> silent_until_{std::chrono::nanoseconds::min()};
};

/// Counts the requests of one client address (IPv4) or /64 (IPv6) to the routes that share this limit.
class AddressLimit final : public http::Limit {
public:
    /// `name` tells this limit from the others in the same limiter.
    AddressLimit(RateLimiter& limiter, UntrustedProxyNotice& notice, std::string name, Rates rates);

    /// Errors: `rate_limited`, with the seconds to wait.
    Task<Result<>> take(const http::Request& request) override;

private:
    RateLimiter& limiter_;
    UntrustedProxyNotice& notice_;
    std::string name_;
    Rates rates_;
};

}
