#include "rate_limits/gcra.hpp"

#include <algorithm>
#include <cstdint>
#include <limits>
#include <random>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

namespace watchword::rate_limits {
namespace {

using namespace std::chrono_literals;
using gcra::nanoseconds;

constexpr auto day = 24h;
constexpr nanoseconds start = 20'000 * day; // the autumn of 2024 on the wall clock

/// One client, one clock.
class Client {
public:
    explicit Client(Rates rates) : rates_(std::move(rates)) {}

    bool take() { return !decide().refused(); }

    std::chrono::seconds told()
    {
        const auto outcome = decide().outcome();
        return outcome ? 0s : outcome.error().retry_after;
    }

    int take_all()
    {
        int taken = 0;
        while (take()) {
            ++taken;
        }
        return taken;
    }

    void give_back() { known_ = gcra::give_back(known_, rates_, now_); }
    bool is_full() const { return gcra::is_full(known_, now_); }
    void advance(nanoseconds by) { now_ += by; }

private:
    gcra::Decision decide()
    {
        const auto decision = gcra::take(known_, rates_, now_);
        known_ = decision.after;
        return decision;
    }

    Rates rates_;
    gcra::FullAgain known_{};
    nanoseconds now_ = start;
};

TEST(Gcra, AllowsTheCountAtOnceAndThenOneForEachInterval)
{
    Client client({{10, 1min}});
    EXPECT_EQ(client.take_all(), 10);
    client.advance(6s - 1ns);
    EXPECT_EQ(client.take_all(), 0);
    client.advance(1ns);
    EXPECT_EQ(client.take_all(), 1);
    client.advance(30s);
    EXPECT_EQ(client.take_all(), 5);
    client.advance(1h);
    EXPECT_EQ(client.take_all(), 10);
}

TEST(Gcra, HasNoEdgeOfAWindow)
{
    Client client({{10, 1min}});
    client.advance(59'900ms);
    EXPECT_EQ(client.take_all(), 10);
    client.advance(200ms);
    EXPECT_EQ(client.take_all(), 0);
}

TEST(Gcra, TellsTheWaitInWholeSecondsRoundedUp)
{
    Client client({{10, 1min}});
    client.take_all();
    EXPECT_EQ(client.told(), 6s);
    client.advance(1ns);
    EXPECT_EQ(client.told(), 6s);
    client.advance(1s);
    EXPECT_EQ(client.told(), 5s);
    client.advance(5s - 2ns);
    EXPECT_EQ(client.told(), 1s);

    Client fast({{1'000, 1s}});
    fast.take_all();
    EXPECT_EQ(fast.told(), 1s);
}

TEST(Gcra, TellsTheLongerWaitOfTwoLimits)
{
    Client client({{2, 1min}, {4, 1h}});
    EXPECT_EQ(client.take_all(), 2);
    EXPECT_EQ(client.told(), 30s);
    client.advance(1min);
    EXPECT_EQ(client.take_all(), 2);
    EXPECT_EQ(client.told(), 14min);
}

TEST(Gcra, CountsARefusedOneAgainstNoneOfItsLimits)
{
    Client client({{1, 1min}, {100, 1h}});
    EXPECT_TRUE(client.take());
    for (int i = 0; i < 1000; ++i) {
        EXPECT_FALSE(client.take());
    }
    client.advance(1min);
    EXPECT_TRUE(client.take());

    Client after_an_hour({{1, 1min}, {100, 1h}});
    int taken = 0;
    for (int i = 0; i < 60; ++i) {
        taken += after_an_hour.take_all();
        after_an_hour.advance(1min);
    }
    EXPECT_EQ(taken, 60);
}

TEST(Gcra, GivesBackOneAndNeverMoreThanAll)
{
    Client client({{3, 1min}, {5, 1h}});
    EXPECT_EQ(client.take_all(), 3);
    client.give_back();
    EXPECT_EQ(client.take_all(), 1);
    for (int i = 0; i < 10; ++i) {
        client.give_back();
    }
    EXPECT_TRUE(client.is_full());
    EXPECT_EQ(client.take_all(), 3);
}

TEST(Gcra, IsFullExactlyAfterItsWindow)
{
    Client client({{10, 1min}});
    EXPECT_TRUE(client.is_full());
    client.take_all();
    client.advance(1min - 1ns);
    EXPECT_FALSE(client.is_full());
    client.advance(1ns);
    EXPECT_TRUE(client.is_full());
}

TEST(Gcra, LocksNobodyWhenTheClockGoesBack)
{
    Client client({{10, 1min}, {20, 1h}});
    client.take_all();
    client.advance(-365 * day);
    EXPECT_EQ(client.told(), 180s);
    client.advance(180s);
    EXPECT_TRUE(client.take());
    client.advance(1h);
    EXPECT_EQ(client.take_all(), 10);
}

TEST(Gcra, AllowsNoMoreThanTheCountWhenTheClockJumpsAhead)
{
    Client client({{10, 1min}});
    client.take_all();
    client.advance(100 * 365 * day);
    EXPECT_EQ(client.take_all(), 10);
}

TEST(Gcra, StaysWithinItsNumbersAtEveryExtreme)
{
    constexpr nanoseconds year_2240{8'520'336'000'000'000'000};
    const Rates extremes[] = {{{Rate::count_max, 1s}},
                              {{Rate::count_max, Rate::period_max}},
                              {{1, Rate::period_max}},
                              {{1, 1s}},
                              {{1, 1s}, {Rate::count_max, Rate::period_max}}};
    for (const auto& rates : extremes) {
        for (const auto now : {0ns, start, year_2240}) {
            for (const auto known : {nanoseconds::min(), -1ns, 0ns, now, nanoseconds::max()}) {
                gcra::FullAgain state;
                state.fill(known);
                const auto decision = gcra::take(state, rates, now);
                EXPECT_EQ(decision.refused(), known == nanoseconds::max());
                EXPECT_LE(decision.wait, Rate::period_max);
                EXPECT_FALSE(gcra::take(gcra::give_back(decision.after, rates, now), rates, now).refused());
            }
        }
    }
}

/// A bucket per rate in which units of a nanosecond drip: an independent way to say the same.
class Model {
public:
    explicit Model(const Rates& rates) : rates_(rates)
    {
        for (const auto& rate : rates) {
            level_.push_back(rate.window().count());
        }
    }

    bool take(nanoseconds now)
    {
        bool allowed = true;
        for (std::size_t i = 0; i < level_.size(); ++i) {
            level_[i] = std::min(level_[i] + (now - then_).count(), rates_[i].window().count());
            allowed = allowed && level_[i] >= rates_[i].interval().count();
        }
        then_ = now;
        for (std::size_t i = 0; allowed && i < level_.size(); ++i) {
            level_[i] -= rates_[i].interval().count();
        }
        return allowed;
    }

private:
    const Rates& rates_;
    std::vector<std::int64_t> level_;
    nanoseconds then_ = start;
};

/// Runs of requests at random times, often just where something changes.
class GcraProperty : public testing::TestWithParam<unsigned> {
protected:
    Rates random_rates()
    {
        const std::chrono::seconds periods[] = {1s, 7s, 1min, 1h, 24h};
        const auto pick = [this](std::int64_t below) {
            return std::uniform_int_distribution<std::int64_t>(0, below - 1)(random_);
        };
        Rates rates{{1 + pick(12), periods[pick(5)]}};
        if (pick(2) == 0) {
            rates = Rates{rates[0], {1 + pick(40), periods[pick(5)]}};
        }
        return rates;
    }

    nanoseconds random_step(const Rates& rates)
    {
        const auto& rate = rates[random_() % rates.size()];
        const nanoseconds steps[] = {0ns,          1ns, rate.interval() - 1ns, rate.interval(), rate.interval() + 1ns,
                                     rate.window()};
        return steps[random_() % std::size(steps)] / (random_() % 4 == 0 ? 3 : 1);
    }

    std::mt19937_64 random_{GetParam()};
};

TEST_P(GcraProperty, DecidesAsTheModelDoes)
{
    const auto rates = random_rates();
    Model model(rates);
    gcra::FullAgain known{};
    auto now = start;
    for (int i = 0; i < 500; ++i) {
        now += random_step(rates);
        const auto decision = gcra::take(known, rates, now);
        ASSERT_EQ(!decision.refused(), model.take(now)) << rates.text() << ", request " << i;
        known = decision.after;
    }
}

TEST_P(GcraProperty, NeverAllowsMoreThanTheCountAndWhatCameBack)
{
    const auto rates = random_rates();
    gcra::FullAgain known{};
    auto now = start;
    std::vector<nanoseconds> passed;
    for (int i = 0; i < 400; ++i) {
        now += random_step(rates);
        const auto decision = gcra::take(known, rates, now);
        known = decision.after;
        if (!decision.refused()) {
            passed.push_back(now);
        }
    }
    for (const auto& rate : rates) {
        for (std::size_t first = 0; first < passed.size(); ++first) {
            for (std::size_t last = first; last < passed.size(); ++last) {
                const auto seconds = std::chrono::duration<long double>(passed[last] - passed[first]).count();
                const auto period = std::chrono::duration<long double>(rate.period).count();
                const auto allowed = rate.count + static_cast<long double>(rate.count) * seconds / period;
                ASSERT_LE(static_cast<long double>(last - first + 1), allowed + 1e-9L) << rates.text();
            }
        }
    }
}

TEST_P(GcraProperty, AllowsOneAfterTheWaitThatItTold)
{
    const auto rates = random_rates();
    gcra::FullAgain known{};
    auto now = start;
    for (int i = 0; i < 400; ++i) {
        now += random_step(rates) / 7;
        const auto decision = gcra::take(known, rates, now);
        known = decision.after;
        if (const auto outcome = decision.outcome(); !outcome) {
            const auto told = outcome.error().retry_after;
            ASSERT_GE(told, 1s);
            ASSERT_GT(decision.wait, told - 1s) << "a shorter wait would have been enough";
            ASSERT_LE(told, std::ranges::max(rates, {}, &Rate::period).period);
            ASSERT_FALSE(gcra::take(known, rates, now + told).refused()) << rates.text();
            ASSERT_TRUE(gcra::take(known, rates, now + decision.wait - 1ns).refused()) << rates.text();
        }
    }
}

INSTANTIATE_TEST_SUITE_P(Seeds, GcraProperty, testing::Range(0U, 60U));

}
}
