#include "redis/condition.hpp"

#include <string>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace watchword::redis {
namespace {

using namespace std::chrono_literals;
using testing::HasSubstr;

class ConditionTest : public testing::Test {
protected:
    std::chrono::steady_clock::time_point now{1h};
    Condition condition{[this] { return now; }};

    template <class Events>
    std::string logged(const Events& events)
    {
        testing::internal::CaptureStderr();
        events();
        return testing::internal::GetCapturedStderr();
    }
};

TEST_F(ConditionTest, TellsOfALossAndOfTheReturnOnce)
{
    const auto log = logged([&] {
        condition.works();
        condition.lost("first reason");
        condition.lost("second reason");
        EXPECT_TRUE(condition.is_lost());
        condition.works();
        condition.works();
        EXPECT_FALSE(condition.is_lost());
    });
    EXPECT_THAT(log, HasSubstr("first reason"));
    EXPECT_EQ(std::ranges::count(log, '\n'), 2) << log;
}

TEST_F(ConditionTest, DoesNotTellOfEveryFlutter)
{
    const auto log = logged([&] {
        for (int i = 0; i < 100; ++i) {
            condition.lost("flutter");
            condition.works();
        }
    });
    EXPECT_EQ(std::ranges::count(log, '\n'), 2) << log;
}

TEST_F(ConditionTest, TellsLaterOfALossThatWasPassedOver)
{
    logged([&] {
        condition.lost("flutter");
        condition.works();
    });
    EXPECT_EQ(logged([&] { condition.lost("gone for good"); }), "");
    now += 11s;
    EXPECT_THAT(logged([&] { condition.lost("gone for good"); }), HasSubstr("gone for good"));
    EXPECT_THAT(logged([&] { condition.works(); }), HasSubstr("again"));
}

}
}
