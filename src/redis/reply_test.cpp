#include "redis/reply.hpp"

#include "base/unavailable.hpp"

#include <string>

#include <gtest/gtest.h>

namespace watchword::redis {
namespace {

using Kind = Reply::Kind;

Reply only_reply(std::string_view bytes)
{
    ReplyReader reader;
    reader.feed(bytes);
    auto reply = reader.next();
    EXPECT_FALSE(reader.next());
    return reply.value();
}

bool is_refused(std::string_view bytes)
{
    ReplyReader reader;
    reader.feed(bytes);
    try {
        while (reader.next()) {
        }
        return false;
    } catch (const Unavailable&) {
        return true;
    }
}

TEST(ReplyReader, ReadsEveryKind)
{
    EXPECT_EQ(only_reply("+PONG\r\n").text, "PONG");
    EXPECT_EQ(only_reply("+PONG\r\n").kind, Kind::status);
    EXPECT_EQ(only_reply(":-42\r\n").number, -42);
    EXPECT_EQ(only_reply(std::string("$5\r\na\r\nb\0\r\n", 11)).text, std::string("a\r\nb\0", 5));
    EXPECT_EQ(only_reply("$-1\r\n").kind, Kind::nil);
    EXPECT_EQ(only_reply("*-1\r\n").kind, Kind::nil);
    EXPECT_EQ(only_reply("*0\r\n").kind, Kind::array);
    const auto nested = only_reply("*3\r\n*2\r\n:1\r\n$1\r\nx\r\n$-1\r\n-ERR no\r\n");
    EXPECT_EQ(nested.elements.at(0).elements.at(0).number, 1);
    EXPECT_EQ(nested.elements.at(0).elements.at(1).text, "x");
    EXPECT_EQ(nested.elements.at(1).kind, Kind::nil);
    EXPECT_EQ(nested.elements.at(2).kind, Kind::error);
}

TEST(ReplyReader, KnowsAnErrorByItsFirstWord)
{
    const auto reply = only_reply("-READONLY You can't write against a read only replica.\r\n");
    EXPECT_TRUE(reply.is_error("READONLY"));
    EXPECT_FALSE(reply.is_error("READ"));
    EXPECT_FALSE(only_reply("+READONLY\r\n").is_error("READONLY"));
    EXPECT_TRUE(only_reply("-OOM\r\n").is_error("OOM"));
}

TEST(ReplyReader, ReadsRepliesThatComeByteByByte)
{
    ReplyReader reader;
    std::string read;
    for (const char byte : std::string("*2\r\n$3\r\nabc\r\n:7\r\n+OK\r\n")) {
        reader.feed({&byte, 1});
        while (const auto reply = reader.next()) {
            read += reply->kind == Kind::array
                        ? reply->elements.at(0).text + std::to_string(reply->elements.at(1).number)
                        : reply->text;
        }
    }
    EXPECT_EQ(read, "abc7OK");
}

TEST(ReplyReader, RefusesWhatIsNoReply)
{
    for (const std::string_view bytes : {"HTTP/1.1 400 Bad Request\r\n", "\x15\x03\x01\x00\x02", "$abc\r\n", ":1x\r\n",
                                         "*9999999999999\r\n", "$-2\r\n", "*-2\r\n", "\r\n"}) {
        EXPECT_TRUE(is_refused(bytes)) << bytes;
    }
}

TEST(ReplyReader, RefusesWhatIsTooLong)
{
    EXPECT_TRUE(is_refused("$536870912\r\n" + std::string(ReplyReader::bytes_max + 100, 'x')));
    EXPECT_FALSE(is_refused("$536870912\r\n" + std::string(1000, 'x')));
    EXPECT_TRUE(is_refused("+" + std::string(ReplyReader::bytes_max + 100, 'x')));
}

TEST(ReplyReader, RefusesArraysOfTooMany)
{
    EXPECT_TRUE(is_refused("*2147483647\r\n"));
    EXPECT_TRUE(is_refused("*1025\r\n"));
    EXPECT_FALSE(is_refused("*1024\r\n"));
    EXPECT_TRUE(is_refused("*1000\r\n*25\r\n")); // all of one reply count together
    std::string deep;
    for (int i = 0; i < 20; ++i) {
        deep += "*1\r\n";
    }
    EXPECT_TRUE(is_refused(deep + ":1\r\n"));
}

TEST(ReplyReader, CountsEachReplyAnew)
{
    ReplyReader reader;
    for (int round = 0; round < 5; ++round) {
        std::string bytes = "*600\r\n";
        for (int i = 0; i < 600; ++i) {
            bytes += ":1\r\n";
        }
        reader.feed(bytes);
        EXPECT_EQ(reader.next()->elements.size(), 600U);
    }
}

}
}
