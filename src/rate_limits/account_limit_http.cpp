#include "rate_limits/account_limit_http.hpp"

#include <utility>

namespace watchword::rate_limits {
namespace {

/// Eight bytes, as the key of a network has at most: the limiter takes wider ones for the part in front.
std::string key_of(std::int64_t account)
{
    std::string key;
    for (int shift = 56; shift >= 0; shift -= 8) {
        key += static_cast<char>(account >> shift);
    }
    return key;
}

}

AccountLimit::AccountLimit(RateLimiter& limiter, std::string name, Rates rates)
    : limiter_(limiter), name_(std::move(name)), rates_(std::move(rates))
{
}

Task<Result<>> AccountLimit::take(const http::Request& request)
{
    const auto account = key_of(request.caller.value().account);
    co_return co_await limiter_.take({name_, account}, rates_, request.deadline);
}

}
