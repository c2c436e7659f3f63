#include "runtime/read_cache.hpp"

#include <string>
#include <thread>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace watchword {
namespace {

using namespace std::chrono_literals;
using testing::Optional;

class ReadCacheTest : public testing::Test {
protected:
    using Cache = ReadCache<std::string, int>;

    Cache cache{{.entries_max = 1000, .lifetime = 1h}};

    static void read(Cache& into, const std::string& key, int value) { into.keep(into.ticket(key), key, value); }
};

TEST_F(ReadCacheTest, GivesBackWhatWasReadUntilItIsForgotten)
{
    EXPECT_EQ(cache.find("a"), std::nullopt);
    read(cache, "a", 1);
    read(cache, "b", 2);
    EXPECT_THAT(cache.find("a"), Optional(1));
    cache.forget("a");
    EXPECT_EQ(cache.find("a"), std::nullopt);
    EXPECT_THAT(cache.find("b"), Optional(2));
}

TEST_F(ReadCacheTest, DoesNotKeepAReadThatAChangeOvertook)
{
    const auto ticket = cache.ticket("a");
    cache.forget("a");
    cache.keep(ticket, "a", 1);
    EXPECT_EQ(cache.find("a"), std::nullopt);
}

TEST_F(ReadCacheTest, KeepsTheNewerOfTwoReads)
{
    read(cache, "a", 1);
    read(cache, "a", 2);
    EXPECT_THAT(cache.find("a"), Optional(2));
}

TEST_F(ReadCacheTest, KeepsNothingWhileNobodyTellsOfChanges)
{
    read(cache, "a", 1);
    const auto ticket = cache.ticket("b");
    cache.suspend();
    EXPECT_EQ(cache.find("a"), std::nullopt);
    read(cache, "a", 1);
    EXPECT_EQ(cache.find("a"), std::nullopt);
    cache.resume();
    EXPECT_EQ(cache.find("a"), std::nullopt);
    cache.keep(ticket, "b", 2);
    EXPECT_EQ(cache.find("b"), std::nullopt);
    read(cache, "b", 2);
    EXPECT_THAT(cache.find("b"), Optional(2));
}

TEST_F(ReadCacheTest, DoesNotGiveBackWhatIsTooOld)
{
    Cache brief{{.entries_max = 1000, .lifetime = 0s}};
    read(brief, "a", 1);
    EXPECT_EQ(brief.find("a"), std::nullopt);
}

TEST_F(ReadCacheTest, HoldsNoMoreThanItMay)
{
    Cache small{{.entries_max = 640, .lifetime = 1h}};
    for (int i = 0; i < 10'000; ++i) {
        read(small, std::to_string(i), i);
    }
    int held = 0;
    for (int i = 0; i < 10'000; ++i) {
        held += small.find(std::to_string(i)) ? 1 : 0;
    }
    EXPECT_EQ(held, 640);
    EXPECT_THAT(small.find("9999"), Optional(9999));
}

TEST_F(ReadCacheTest, HoldsNothingWhereItMayHoldNothing)
{
    Cache none{{.entries_max = 0, .lifetime = 1h}};
    read(none, "a", 1);
    EXPECT_EQ(none.find("a"), std::nullopt);
}

TEST_F(ReadCacheTest, NeverShowsAnOldValueToManyThreads)
{
    std::atomic<int> row = 0;
    std::atomic<bool> done = false;
    std::atomic<int> stale = 0;
    const auto reader = [&] {
        while (!done) {
            const int before = row;
            const auto kept = cache.find("a");
            stale += kept && *kept < before - 1 ? 1 : 0; // a change that has not been told of yet is one behind
            const auto ticket = cache.ticket("a");
            const int seen = row;
            cache.keep(ticket, "a", seen);
        }
    };
    {
        const std::jthread first(reader);
        const std::jthread second(reader);
        for (int i = 0; i < 20'000; ++i) {
            ++row;
            cache.forget("a");
        }
        done = true;
    }
    EXPECT_EQ(stale, 0);
}

}
}
