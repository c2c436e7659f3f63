#include "mail/backoff.hpp"

#include <gtest/gtest.h>

namespace watchword::mail {
namespace {

using namespace std::chrono_literals;

TEST(Backoff, GrowsFromASecondToAnHour)
{
    EXPECT_EQ(backoff(1, 0), 1s);
    EXPECT_EQ(backoff(2, 0), 5s);
    EXPECT_EQ(backoff(3, 0), 30s);
    EXPECT_EQ(backoff(4, 0), 2min);
    EXPECT_EQ(backoff(5, 0), 10min);
    EXPECT_EQ(backoff(7, 0), 1h);
    EXPECT_EQ(backoff(1'000'000, 0), 1h);
}

TEST(Backoff, IsStretchedByAQuarterAtMost)
{
    EXPECT_EQ(backoff(2, 0.5), 5625ms);
    EXPECT_LE(backoff(2, 0.999), 6250ms);
}

TEST(Backoff, TriesALostServerEveryFewSeconds)
{
    EXPECT_EQ(reconnect_delay(1, 0), 1s);
    EXPECT_EQ(reconnect_delay(5, 0), 15s);
    EXPECT_EQ(reconnect_delay(1'000'000, 0), 15s);
}

}
}
