#include "rate_limits/address_limit_http.hpp"

#include "base/log.hpp"

#include <utility>

namespace watchword::rate_limits {

using namespace std::chrono_literals;

UntrustedProxyNotice::UntrustedProxyNotice(const http::TrustedProxies& proxies, Now now)
    : none_is_trusted_(proxies.empty()), now_(std::move(now))
{
}

void UntrustedProxyNotice::look_at(const http::Request& request)
{
    if (!none_is_trusted_ || request.count("X-Forwarded-For") == 0) {
        return;
    }
    const std::chrono::nanoseconds now = now_().time_since_epoch();
    auto until = silent_until_.load(std::memory_order_relaxed);
    if (now < until || !silent_until_.compare_exchange_strong(until, now + 1min, std::memory_order_relaxed)) {
        return;
    }
    log::warning(
        "rate_limits",
        "X-Forwarded-For was ignored because no proxy is trusted: everyone behind one is counted as one client. "
        "If the peer is your proxy, set TRUSTED_PROXIES to its address or network",
        {{"peer", request.client.text()}});
}

AddressLimit::AddressLimit(RateLimiter& limiter, UntrustedProxyNotice& notice, std::string name, Rates rates)
    : limiter_(limiter), notice_(notice), name_(std::move(name)), rates_(std::move(rates))
{
}

Task<Result<>> AddressLimit::take(const http::Request& request)
{
    notice_.look_at(request);
    const auto client = http::limit_key(request.client);
    co_return co_await limiter_.take({name_, client}, rates_, request.deadline);
}

}
