#include "base/utf8.hpp"

#include <gtest/gtest.h>

namespace watchword {
namespace {

TEST(Utf8, RefusesWhatRfc3629Forbids)
{
    EXPECT_TRUE(utf8::valid(""));
    EXPECT_TRUE(utf8::valid("J\xC3\xB6rg \xF0\x9F\x98\x80"));
    EXPECT_TRUE(utf8::valid(std::string_view("a\0b", 3)));
    EXPECT_FALSE(utf8::valid("\xC0\xAF"));         // overlong "/"
    EXPECT_FALSE(utf8::valid("\xE0\x80\xAF"));     // the same in three bytes
    EXPECT_FALSE(utf8::valid("\xED\xA0\x80"));     // a surrogate
    EXPECT_FALSE(utf8::valid("\xF4\x90\x80\x80")); // above U+10FFFF
    EXPECT_FALSE(utf8::valid("\xC3"));             // cut off
    EXPECT_FALSE(utf8::valid("\x80"));             // a continuation alone
}

TEST(Utf8, CountsCodePointsAndNotBytes)
{
    EXPECT_EQ(utf8::length("J\xC3\xB6rg \xF0\x9F\x98\x80"), 6u);
}

TEST(Utf8, DecodesWhatItAppends)
{
    const std::u32string all = U"a\u00F6\u20AC\U0001F600";
    std::string text;
    for (const char32_t code_point : all) {
        utf8::append(text, code_point);
    }
    EXPECT_EQ(utf8::decode(text), all);
    EXPECT_EQ(utf8::decode("\xFF"), std::nullopt);
}

}
}
