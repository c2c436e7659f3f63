#include "rate_limits/account_limit_http.hpp"

#include "rate_limits/rate_limiter_memory.hpp"
#include "tests/support/run_task.hpp"

#include <gtest/gtest.h>

namespace watchword::rate_limits {
namespace {

using namespace std::chrono_literals;

TEST(AccountLimit, CountsEachAccountApartFromWhereverItAsks)
{
    MemoryRateLimiter limiter(1'000);
    AccountLimit limit(limiter, "file-writes", Rates{{2, 24h}});
    const auto take = [&](std::int64_t account, std::string_view address) {
        http::Request request;
        request.client = http::Address::parse(address).value();
        request.caller = http::Caller{account, "sid"};
        return tests::run_task(limit.take(request)).has_value();
    };
    EXPECT_TRUE(take(7, "192.0.2.1"));
    EXPECT_TRUE(take(7, "192.0.2.2"));
    EXPECT_FALSE(take(7, "192.0.2.3"));
    EXPECT_TRUE(take(8, "192.0.2.1"));
    EXPECT_TRUE(take(7 + (1LL << 40), "192.0.2.1"));
}

}
}
