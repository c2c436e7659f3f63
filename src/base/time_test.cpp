#include "base/time.hpp"

#include <gtest/gtest.h>

namespace watchword {
namespace {

using namespace std::chrono_literals;

constexpr Instant recorded = from_microseconds(1'795'646'422'181'424);

TEST(Time, Rfc3339AlwaysHasSixDigitsOfFraction)
{
    EXPECT_EQ(to_rfc3339(recorded), "2026-11-25T22:40:22.181424Z");
    EXPECT_EQ(to_rfc3339(from_microseconds(0)), "1970-01-01T00:00:00.000000Z");
    EXPECT_EQ(to_rfc3339(from_microseconds(7)), "1970-01-01T00:00:00.000007Z");
}

TEST(Time, InternetDatesNameTheirZone)
{
    EXPECT_EQ(to_http_date(recorded), "Wed, 25 Nov 2026 22:40:22 GMT");
    EXPECT_EQ(to_mail_date(recorded), "Wed, 25 Nov 2026 22:40:22 +0000");
}

TEST(Time, AWaitIsRoundedUpAndNeverZero)
{
    EXPECT_EQ(wait_until(recorded, recorded), 1s);
    EXPECT_EQ(wait_until(recorded, recorded - 5s), 1s);
    EXPECT_EQ(wait_until(recorded, recorded + 1s), 1s);
    EXPECT_EQ(wait_until(recorded, recorded + 1001ms), 2s);
}

}
}
