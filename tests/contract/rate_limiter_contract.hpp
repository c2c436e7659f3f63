#pragma once

#include "rate_limits/rate_limiter.hpp"
#include "tests/support/run_task.hpp"

#include <string_view>

#include <gtest/gtest.h>

namespace watchword::tests {

/// What every RateLimiter must do. A harness has `limiter()` and `advance(duration)`, which lets time pass.
template <class Harness>
class RateLimiterContract : public testing::Test {
protected:
    Harness harness;
    const rate_limits::Bucket jane{"login", "\xcb\x01\x71\x07"};
    const rate_limits::Bucket john{"login", "\xcb\x01\x71\x08"};

    Result<> take(const rate_limits::Bucket& bucket, const rate_limits::Rates& rates)
    {
        return run_task(harness.limiter().take(bucket, rates, Deadline::after(std::chrono::seconds{5})));
    }

    int take_all(const rate_limits::Bucket& bucket, const rate_limits::Rates& rates)
    {
        int taken = 0;
        while (take(bucket, rates)) {
            ++taken;
        }
        return taken;
    }

    Task<> count_if_allowed(const rate_limits::Rates& rates, int& allowed)
    {
        const auto outcome = co_await harness.limiter().take(jane, rates, Deadline::after(std::chrono::seconds{5}));
        allowed += outcome ? 1 : 0;
    }
};

TYPED_TEST_SUITE_P(RateLimiterContract);

TYPED_TEST_P(RateLimiterContract, AllowsTheCountAndTellsWhenTheNextPasses)
{
    using namespace std::chrono_literals;
    const rate_limits::Rates rates{{3, 1min}};
    EXPECT_EQ(this->take_all(this->jane, rates), 3);
    for (int round = 0; round < 20; ++round) {
        const auto refused = this->take(this->jane, rates);
        ASSERT_EQ(refused.error().code, ErrorCode::rate_limited);
        ASSERT_GE(refused.error().retry_after, 1s);
        ASSERT_LE(refused.error().retry_after, 20s);
        this->harness.advance(refused.error().retry_after);
        ASSERT_TRUE(this->take(this->jane, rates));
    }
}

TYPED_TEST_P(RateLimiterContract, CountsEachClientAndEachLimitApart)
{
    using namespace std::chrono_literals;
    const rate_limits::Rates rates{{2, 1min}};
    EXPECT_EQ(this->take_all(this->jane, rates), 2);
    EXPECT_EQ(this->take_all(this->john, rates), 2);
    EXPECT_EQ(this->take_all({"refresh", this->jane.client}, rates), 2);
    // Where the client ends and the limit begins is part of what is told apart.
    EXPECT_EQ(this->take_all({"ab", "cdef"}, rates), 2);
    EXPECT_EQ(this->take_all({"bef", "cd"}, rates), 2);
    EXPECT_EQ(this->take_all({"efab", "cd"}, rates), 2);
}

TYPED_TEST_P(RateLimiterContract, TellsTheLongerWaitOfTwoLimits)
{
    using namespace std::chrono_literals;
    const rate_limits::Rates rates{{2, 1min}, {3, 1h}};
    EXPECT_EQ(this->take_all(this->jane, rates), 2);
    this->harness.advance(1min);
    EXPECT_EQ(this->take_all(this->jane, rates), 1);
    EXPECT_EQ(this->take(this->jane, rates).error().retry_after, 19min);
}

TYPED_TEST_P(RateLimiterContract, CountsARefusedRequestAgainstNoLimit)
{
    using namespace std::chrono_literals;
    const rate_limits::Rates rates{{1, 1min}, {3, 1h}};
    EXPECT_TRUE(this->take(this->jane, rates));
    for (int i = 0; i < 10; ++i) {
        EXPECT_FALSE(this->take(this->jane, rates));
    }
    this->harness.advance(1min);
    EXPECT_TRUE(this->take(this->jane, rates));
    this->harness.advance(1min);
    EXPECT_TRUE(this->take(this->jane, rates));
}

TYPED_TEST_P(RateLimiterContract, LetsExactlyTheCountPassOfManyAtOnce)
{
    using namespace std::chrono_literals;
    const rate_limits::Rates rates{{10, 1min}};
    asio::io_context context;
    int allowed = 0;
    for (int i = 0; i < 64; ++i) {
        asio::co_spawn(context, this->count_if_allowed(rates, allowed), [](std::exception_ptr thrown) {
            if (thrown) {
                std::rethrow_exception(thrown);
            }
        });
    }
    context.run();
    EXPECT_EQ(allowed, 10);
}

REGISTER_TYPED_TEST_SUITE_P(RateLimiterContract, AllowsTheCountAndTellsWhenTheNextPasses,
                            CountsEachClientAndEachLimitApart, TellsTheLongerWaitOfTwoLimits,
                            CountsARefusedRequestAgainstNoLimit, LetsExactlyTheCountPassOfManyAtOnce);

}
