#pragma once

#include "rate_limits/security_counters.hpp"
#include "tests/support/manual_clock.hpp"
#include "tests/support/run_task.hpp"

#include <string>

#include <gtest/gtest.h>

namespace watchword::tests {

/// What SecurityCounters must do wherever they are kept. A harness has `clock`, a ManualClock, `counters()`, and
/// `rows()`, which tells how many clients are remembered.
template <class Harness>
class SecurityCountersContract : public testing::Test {
protected:
    Harness harness;
    const rate_limits::CounterKey jane{std::string(32, 'j')};
    const rate_limits::CounterKey john{std::string(32, 'k')};
    const Deadline deadline = Deadline::after(std::chrono::seconds{20});

    Result<> consume(const rate_limits::CounterKey& key, const rate_limits::Rates& rates)
    {
        return run_task(harness.counters().consume(key, rates, deadline));
    }

    int consume_all(const rate_limits::CounterKey& key, const rate_limits::Rates& rates)
    {
        int consumed = 0;
        while (consume(key, rates)) {
            ++consumed;
        }
        return consumed;
    }

    void give_back(const rate_limits::CounterKey& key, const rate_limits::Rates& rates)
    {
        run_task(harness.counters().give_back(key, rates, deadline));
    }

    std::chrono::seconds told(const rate_limits::CounterKey& key, const rate_limits::Rates& rates)
    {
        return consume(key, rates).error().retry_after;
    }

    Task<> count_if_allowed(const rate_limits::Rates& rates, int& allowed)
    {
        const auto outcome = co_await harness.counters().consume(jane, rates, deadline);
        allowed += outcome ? 1 : 0;
    }
};

TYPED_TEST_SUITE_P(SecurityCountersContract);

TYPED_TEST_P(SecurityCountersContract, AllowTheCountAndTellWhenTheNextPasses)
{
    using namespace std::chrono_literals;
    const rate_limits::Rates rates{{5, 2min}, {20, 1h}};
    EXPECT_EQ(this->consume_all(this->jane, rates), 5);
    for (int round = 0; round < 20; ++round) {
        const auto refused = this->consume(this->jane, rates);
        ASSERT_EQ(refused.error().code, ErrorCode::rate_limited);
        ASSERT_GE(refused.error().retry_after, 1s);
        ASSERT_LE(refused.error().retry_after, 3min);
        this->harness.clock.advance(refused.error().retry_after);
        ASSERT_TRUE(this->consume(this->jane, rates)) << round;
    }
}

TYPED_TEST_P(SecurityCountersContract, CountEachKeyApart)
{
    using namespace std::chrono_literals;
    const rate_limits::Rates rates{{2, 1min}};
    EXPECT_EQ(this->consume_all(this->jane, rates), 2);
    EXPECT_EQ(this->consume_all(this->john, rates), 2);
    EXPECT_EQ(this->consume_all(rate_limits::CounterKey(std::string(31, 'j')), rates), 2);
    EXPECT_EQ(this->consume_all(rate_limits::CounterKey(std::string(16, '\0')), rates), 2);
}

TYPED_TEST_P(SecurityCountersContract, CountARefusedAttemptAgainstNoLimit)
{
    using namespace std::chrono_literals;
    const rate_limits::Rates rates{{1, 1min}, {3, 1h}};
    EXPECT_TRUE(this->consume(this->jane, rates));
    for (int i = 0; i < 10; ++i) {
        EXPECT_EQ(this->told(this->jane, rates), 1min);
    }
    this->harness.clock.advance(1min);
    EXPECT_TRUE(this->consume(this->jane, rates));
    this->harness.clock.advance(1min);
    EXPECT_TRUE(this->consume(this->jane, rates));
    this->harness.clock.advance(1min);
    EXPECT_EQ(this->told(this->jane, rates), 17min);
}

TYPED_TEST_P(SecurityCountersContract, AllowOnceMoreWhatWasGivenBack)
{
    using namespace std::chrono_literals;
    const rate_limits::Rates rates{{3, 1min}, {4, 1h}};
    EXPECT_EQ(this->consume_all(this->jane, rates), 3);
    this->give_back(this->jane, rates);
    EXPECT_EQ(this->consume_all(this->jane, rates), 1);
    this->harness.clock.advance(1min);
    EXPECT_EQ(this->consume_all(this->jane, rates), 1);
}

TYPED_TEST_P(SecurityCountersContract, NeverAllowMoreThanTheCountHoweverMuchIsGivenBack)
{
    using namespace std::chrono_literals;
    const rate_limits::Rates rates{{3, 1min}};
    this->give_back(this->jane, rates);
    EXPECT_TRUE(this->consume(this->jane, rates));
    for (int i = 0; i < 10; ++i) {
        this->give_back(this->jane, rates);
    }
    EXPECT_EQ(this->consume_all(this->jane, rates), 3);
}

TYPED_TEST_P(SecurityCountersContract, LockNobodyWhenTheClockGoesBack)
{
    using namespace std::chrono_literals;
    const rate_limits::Rates rates{{3, 1min}, {6, 1h}};
    EXPECT_EQ(this->consume_all(this->jane, rates), 3);
    this->harness.clock.advance(-365 * 24h);
    EXPECT_EQ(this->told(this->jane, rates), 10min);
    this->harness.clock.advance(10min);
    EXPECT_TRUE(this->consume(this->jane, rates));
    this->harness.clock.advance(1h);
    EXPECT_EQ(this->consume_all(this->jane, rates), 3);
}

TYPED_TEST_P(SecurityCountersContract, KeepWhatWasCountedWhenALimitBecomesSmaller)
{
    using namespace std::chrono_literals;
    EXPECT_EQ(this->consume_all(this->jane, {{10, 1h}}), 10);
    EXPECT_EQ(this->consume_all(this->jane, {{5, 1min}}), 0);
    this->harness.clock.advance(1min);
    EXPECT_EQ(this->consume_all(this->jane, {{5, 1min}}), 5);
}

TYPED_TEST_P(SecurityCountersContract, ForgetExactlyWhatIsFullAgain)
{
    using namespace std::chrono_literals;
    EXPECT_TRUE(this->consume(this->jane, {{3, 1min}}));
    EXPECT_TRUE(this->consume(this->john, {{3, 1h}}));
    EXPECT_EQ(this->harness.rows(), 2);
    this->harness.clock.advance(20s - 1us);
    run_task(this->harness.counters().sweep(this->deadline));
    EXPECT_EQ(this->harness.rows(), 2);
    this->harness.clock.advance(1us);
    run_task(this->harness.counters().sweep(this->deadline));
    EXPECT_EQ(this->harness.rows(), 1);
    EXPECT_EQ(this->consume_all(this->john, {{3, 1h}}), 2);
    EXPECT_EQ(this->consume_all(this->jane, {{3, 1min}}), 3);
}

TYPED_TEST_P(SecurityCountersContract, LetExactlyTheCountPassOfManyAtOnce)
{
    using namespace std::chrono_literals;
    const rate_limits::Rates rates{{10, 15min}};
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

REGISTER_TYPED_TEST_SUITE_P(SecurityCountersContract, AllowTheCountAndTellWhenTheNextPasses, CountEachKeyApart,
                            CountARefusedAttemptAgainstNoLimit, AllowOnceMoreWhatWasGivenBack,
                            NeverAllowMoreThanTheCountHoweverMuchIsGivenBack, LockNobodyWhenTheClockGoesBack,
                            KeepWhatWasCountedWhenALimitBecomesSmaller, ForgetExactlyWhatIsFullAgain,
                            LetExactlyTheCountPassOfManyAtOnce);

}
