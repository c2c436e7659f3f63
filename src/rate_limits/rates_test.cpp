#include "rate_limits/rates.hpp"

#include <stdexcept>

#include <gtest/gtest.h>

namespace watchword::rate_limits {
namespace {

using namespace std::chrono_literals;

constexpr auto day = 24h;

Rates parsed(std::string_view text)
{
    auto rates = Rates::parse(text);
    return rates ? *rates : throw std::invalid_argument(rates.error());
}

// What stands here was compared with Python's `limits` 5.8.
TEST(Rates, ReadTheGrammarOfTheServiceThatThisOneReplaces)
{
    const struct {
        std::string_view text;
        Rates rates;
    } accepted[] = {
        {"10/minute", {{10, 1min}}},
        {"10 per minute", {{10, 1min}}},
        {"10permonth", {{10, 30 * day}}},
        {"5/2 minutes", {{5, 2min}}},
        {"5/2minutes", {{5, 2min}}},
        {"5 per 2 minutes", {{5, 2min}}},
        {"5 PER 2 Minutes", {{5, 2min}}},
        {"10/2 minute", {{10, 2min}}},
        {"10/ 2 hours", {{10, 2h}}},
        {" 10 / minute ", {{10, 1min}}},
        {"10\tper\tminute\n", {{10, 1min}}},
        {"010/minute", {{10, 1min}}},
        {"1/second;10/minute", {{1, 1s}, {10, 1min}}},
        {"1/second,10/minutes|100 per hour", {{1, 1s}, {10, 1min}, {100, 1h}}},
        {"1/second ; 10/days", {{1, 1s}, {10, day}}},
        {"10/year", {{10, 360 * day}}},
        {"10/years", {{10, 360 * day}}},
    };
    for (const auto& [text, rates] : accepted) {
        EXPECT_EQ(parsed(text), rates) << text;
    }
}

TEST(Rates, RefuseWhatThatServiceRefuses)
{
    for (const auto* text : {"",
                             " ",
                             "10",
                             "10/",
                             "/minute",
                             "10/1",
                             "10/min",
                             "10/m",
                             "10/s",
                             "10/week",
                             "10/minutess",
                             "10/minute;",
                             ";10/minute",
                             "10/minute;;5/hour",
                             "10/minute 5/hour",
                             "+10/minute",
                             "-1/minute",
                             "1.5/minute",
                             "10//minute",
                             "10/per minute",
                             "10 per per minute",
                             "1 0/minute",
                             "10/day / 2",
                             "10 / 2 / minute",
                             "10/minutе"}) {
        EXPECT_FALSE(Rates::parse(text)) << text;
    }
    EXPECT_FALSE(Rates::parse(std::string_view("10/minute\0", 10)));
}

TEST(Rates, RefuseWhatCouldNeverBeKept)
{
    for (const auto* text :
         {"0/minute", "10/0 minutes", "1000000001/minute", "99999999999999999999999/minute", "1/11 years",
          "1/99999999999999999999 years", "1/second;1/minute;1/hour;1/day;1/month;1/year;1/2 years"}) {
        EXPECT_FALSE(Rates::parse(text)) << text;
    }
    EXPECT_TRUE(Rates::parse("1000000000/second"));
    EXPECT_TRUE(Rates::parse("1/10 years"));
    EXPECT_THROW(Rates({}), std::invalid_argument);
    EXPECT_THROW(Rates({{0, 1s}}), std::invalid_argument);
    EXPECT_THROW(Rates({{1, 500ms}}), std::invalid_argument);
}

TEST(Rates, SayWhatWasReadAndWhatIsAccepted)
{
    EXPECT_EQ(Rates::parse("100/hour; 10/min").error(),
              "cannot take \" 10/min\" for a limit: \"min\" is no unit of time. Accepted is for example \"10/minute\", "
              "\"5 per 2 hours\" or several as \"10/minute; 100/hour\"; units are second, minute, hour, day, month and "
              "year, not abbreviated");
    const auto reason = [](std::string_view text) {
        const auto error = Rates::parse(text).error();
        const auto begin = error.find(": ") + 2;
        return error.substr(begin, error.find(". Accepted") - begin);
    };
    EXPECT_EQ(reason(""), "it does not begin with a number");
    EXPECT_EQ(reason("10 minutes"), "neither \"/\" nor \"per\" follows the number");
    EXPECT_EQ(reason("10/5"), "it names no unit of time");
    EXPECT_EQ(reason("10/minute 5/hour"), "something follows the unit of time");
    EXPECT_EQ(reason("0/minute"), "the count must be from 1 to 1000000000");
    EXPECT_EQ(reason("5/0 minutes"), "the time must be from 1 second to 10 years");
}

TEST(Rates, OfOnePeriodAreTheSmallerOne)
{
    EXPECT_EQ(parsed("5/minute;3/60 seconds;4/minute"), (Rates{{3, 1min}}));
}

TEST(Rates, AreWrittenAsTheyAreRead)
{
    for (const auto* text : {"10/minute", "5/2 minutes", "1/second; 10/minute; 100/7 hours", "3/90 seconds", "9/month",
                             "1/year", "2/13 months", "1/10 years"}) {
        EXPECT_EQ(parsed(text).text(), text);
    }
    EXPECT_EQ(parsed("7 per 120 SECONDS").text(), "7/2 minutes");
}

TEST(Rate, NeverComesBackSoonerThanWasSet)
{
    EXPECT_EQ((Rate{10, 1min}.interval()), 6s);
    EXPECT_EQ((Rate{7, 1s}.interval()), 142'857'143ns);
    EXPECT_EQ((Rate{7, 1s}.window()), 1'000'000'001ns);
    EXPECT_EQ((Rate{Rate::count_max, 1s}.interval()), 1ns);
    EXPECT_EQ((Rate{1, Rate::period_max}.window()), Rate::period_max);
}

}
}
