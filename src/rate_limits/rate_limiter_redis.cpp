#include "rate_limits/rate_limiter_redis.hpp"

#include "base/unavailable.hpp"
#include "rate_limits/embedded_script.hpp"
#include "rate_limits/gcra.hpp"

#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace watchword::rate_limits {
namespace {

using std::chrono::nanoseconds;

constexpr std::string_view prefix = "watchword:1:limit:";
constexpr std::int64_t nanoseconds_in_a_microsecond = 1000;

std::string key_of(const Bucket& bucket)
{
    constexpr std::string_view digits = "0123456789abcdef";
    std::string key;
    key.reserve(prefix.size() + bucket.limit.size() + 1 + 2 * bucket.client.size());
    key.append(prefix).append(bucket.limit).append(1, ':');
    for (const char character : bucket.client) {
        const auto byte = static_cast<unsigned char>(character);
        key += digits[byte >> 4];
        key += digits[byte & 0xf];
    }
    return key;
}

/// The rates as the script takes them.
std::vector<std::string> arguments_for(const Rates& rates)
{
    std::vector<std::string> arguments;
    arguments.reserve(4 * rates.size());
    for (const auto& rate : rates) {
        for (const auto time : {rate.interval(), rate.window()}) {
            arguments.push_back(std::to_string(time.count() / nanoseconds_in_a_microsecond));
            arguments.push_back(std::to_string(time.count() % nanoseconds_in_a_microsecond));
        }
    }
    return arguments;
}

std::optional<nanoseconds> read_wait(const redis::Reply& reply)
{
    using Kind = redis::Reply::Kind;
    const auto& parts = reply.elements;
    if (parts.size() != 2 || parts[0].kind != Kind::integer || parts[1].kind != Kind::integer) {
        return std::nullopt;
    }
    const std::int64_t microseconds = parts[0].number;
    const std::int64_t above = parts[1].number;
    const bool is_a_wait = microseconds >= 0 && above >= 0 && above < nanoseconds_in_a_microsecond &&
                           std::chrono::microseconds(microseconds) <= Rate::period_max;
    return is_a_wait ? std::optional(nanoseconds(microseconds * nanoseconds_in_a_microsecond + above)) : std::nullopt;
}

class RedisRateLimiter final : public RateLimiter {
public:
    RedisRateLimiter(redis::Client& redis, RateLimiter& local) : redis_(redis), local_(local) {}

    Task<Result<>> take(const Bucket& bucket, const Rates& rates, Deadline deadline) override
    {
        std::optional<nanoseconds> wait;
        if (redis_.is_connected()) {
            wait = co_await wait_by_redis(bucket, rates, deadline);
        }
        const bool is_refused = wait && *wait > nanoseconds{0};
        if (is_refused) {
            const gcra::Decision decision{*wait, {}};
            co_return decision.outcome();
        }
        auto outcome = co_await local_.take(bucket, rates, deadline);
        if (wait) {
            co_return Result<>{}; // the clock of Redis counts; by ours it may lack a microsecond
        }
        co_return outcome;
    }

private:
    /// Nothing where Redis does not answer.
    Task<std::optional<nanoseconds>> wait_by_redis(const Bucket& bucket, const Rates& rates, Deadline deadline)
    {
        try {
            const auto key = key_of(bucket);
            const auto arguments = arguments_for(rates);
            const auto reply = co_await redis_.run(script_, key, {arguments.begin(), arguments.end()}, deadline);
            co_return read_wait(reply);
        } catch (const Unavailable&) {
            co_return std::nullopt; // the client has told the log why
        }
    }

    redis::Client& redis_;
    RateLimiter& local_;
    const redis::Script script_{embedded_script().front().text};
};

}

std::unique_ptr<RateLimiter> make_redis_rate_limiter(redis::Client& redis, RateLimiter& local)
{
    return std::make_unique<RedisRateLimiter>(redis, local);
}

}
