#include "files/file_name.hpp"

#include <gtest/gtest.h>

namespace watchword::files {
namespace {

TEST(FileName, IsWhatPeopleCallFiles)
{
    for (const std::string name : {"hello.txt",   "C++ notes.txt", "a%2Bb.txt", "100% sure.txt",  "tilde~1.txt",
                                   "hash#1.txt",  "what?.txt",     "a&b=c.txt", "it's (1)*!.txt", "表.csv",
                                   "emoji😀.png", "...",           ".hidden",   "a\"b.txt",       "a;b.txt",
                                   " ",           "CON",           "a:b",       "مرحبا.txt",      "e\u0301.txt",
                                   "\u00e9.txt"}) {
        const auto parsed = FileName::parse(name);
        ASSERT_TRUE(parsed) << name;
        EXPECT_EQ(parsed->text(), name);
    }
    EXPECT_TRUE(FileName::parse(std::string(255, 'x')));
    std::string korean;
    for (int i = 0; i < 85; ++i) {
        korean += "가";
    }
    EXPECT_TRUE(FileName::parse(korean));
}

TEST(FileName, IsNoPath)
{
    for (const std::string name : {"", ".", "..", "../2/x", "..\\", "....//", "/abs", "user-files/2/x", "a/b", "a\\b",
                                   "\\", "/", "a\nb", "a\r\nb", "\x7F", "\u0085", "\u2028", "a\tb"}) {
        EXPECT_FALSE(FileName::parse(name)) << name;
    }
    EXPECT_FALSE(FileName::parse(std::string("a\0b", 3)));
    EXPECT_FALSE(FileName::parse("\xFF"));
    EXPECT_FALSE(FileName::parse("\xED\xA0\x80"));
    EXPECT_FALSE(FileName::parse(std::string(256, 'x')));
    std::string emoji;
    for (int i = 0; i < 64; ++i) {
        emoji += "😀";
    }
    EXPECT_FALSE(FileName::parse(emoji));
}

TEST(ObjectKey, IsWhereTheReplacedServiceLooks)
{
    EXPECT_EQ((ObjectKey{7, *FileName::parse("a%2Bb 表.txt")}.text()), "user-files/7/a%2Bb 表.txt");
}

}
}
