#include "postgres/flight.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace watchword::postgres {
namespace {

using testing::Field;
using testing::Optional;

TEST(Flight, WritesEachTypeAsPostgresReadsIt)
{
    Flight flight;
    flight.add("SELECT", 7, std::int64_t{-8}, true, "text", std::string("more"), as_blob("\x01\x02"),
               from_microseconds(1'795'646'422'181'424), std::optional<std::string>(), std::optional(9), std::nullopt);
    const auto& values = flight.statements().front().parameters;
    ASSERT_EQ(values.size(), 10u);
    EXPECT_THAT(values[0].value, Optional(std::string("7")));
    EXPECT_THAT(values[1].value, Optional(std::string("-8")));
    EXPECT_THAT(values[2].value, Optional(std::string("t")));
    EXPECT_THAT(values[3].value, Optional(std::string("text")));
    EXPECT_THAT(values[4].value, Optional(std::string("more")));
    EXPECT_THAT(values[5].value, Optional(std::string("\x01\x02")));
    EXPECT_TRUE(values[5].is_binary);
    EXPECT_THAT(values[6].value, Optional(std::string("2026-11-25T22:40:22.181424Z")));
    EXPECT_EQ(values[7].value, std::nullopt);
    EXPECT_THAT(values[8].value, Optional(std::string("9")));
    EXPECT_EQ(values[9].value, std::nullopt);
}

TEST(Flight, RefusesATextThatPostgresCannotKeep)
{
    EXPECT_THROW(Flight().add("SELECT $1", std::string("a\0b", 3)), std::invalid_argument);
}

TEST(StorableText, LosesOnlyWhatCannotBeKept)
{
    EXPECT_EQ(storable_text("curl/7.88 \u00e9\u4e2d\U0001F600"), "curl/7.88 \u00e9\u4e2d\U0001F600");
    EXPECT_EQ(storable_text(std::string("a\0b", 3)), "ab");
    EXPECT_EQ(storable_text("\xff\xfe"), "??");
    EXPECT_EQ(storable_text("a\xe4\xb8"), "a??");         // cut off
    EXPECT_EQ(storable_text("\xc0\xaf"), "??");           // overlong
    EXPECT_EQ(storable_text("\xed\xa0\x80"), "???");      // a surrogate
    EXPECT_EQ(storable_text("\xf4\x90\x80\x80"), "????"); // beyond U+10FFFF
}

}
}
