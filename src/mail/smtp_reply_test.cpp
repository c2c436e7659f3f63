#include "mail/smtp_reply.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace watchword::mail {
namespace {

using testing::ElementsAre;

SmtpReply reply_in(std::string_view bytes)
{
    SmtpReplyReader reader;
    reader.add(bytes);
    return reader.next().value();
}

TEST(SmtpReply, IsReadFromPiecesOfAnySize)
{
    SmtpReplyReader reader;
    for (const char byte : std::string_view("250-sink.example\r\n250-SIZE 1000\r\n250 SMTPUTF8\r\n221 bye\r\n")) {
        reader.add({&byte, 1});
    }
    const auto reply = reader.next();
    ASSERT_TRUE(reply);
    EXPECT_EQ(reply->code, 250);
    EXPECT_THAT(reply->lines, ElementsAre("sink.example", "SIZE 1000", "SMTPUTF8"));
    EXPECT_EQ(reader.next()->code, 221);
    EXPECT_FALSE(reader.next());
}

TEST(SmtpReply, MayEndItsLinesWithLfAloneAndHaveNoText)
{
    EXPECT_EQ(reply_in("250\n").code, 250);
    EXPECT_EQ(reply_in("354 \n").code, 354);
}

TEST(SmtpReply, IsBounded)
{
    SmtpReplyReader reader;
    EXPECT_THROW(reader.add(std::string(5000, 'x')), SmtpServerLost);
    SmtpReplyReader another;
    EXPECT_THROW(
        {
            for (int i = 0; i < 101; ++i) {
                another.add("250-more\r\n");
            }
        },
        SmtpServerLost);
}

TEST(SmtpReply, IsNothingElseThanSmtp)
{
    for (const auto* line : {"HTTP/1.1 400 Bad Request\r\n", "25 short\r\n", "250x\r\n", "\r\n", "\x15\x03\x01\r\n"}) {
        SmtpReplyReader reader;
        EXPECT_THROW(reader.add(line), SmtpServerLost) << line;
    }
}

TEST(SmtpReply, TellsTheLogNoCodeAndNoControlCharacter)
{
    EXPECT_EQ(reply_in("550-5.7.1 spam: your code is 012345\r\n550 at 198.51.100.7\x1b[31m\r\n").for_the_log(),
              "550 5.7.1 spam: your code is [number] at 198.51.100.7?[31m");
    EXPECT_EQ(reply_in("250 " + std::string(1000, 'x') + "\r\n").for_the_log().size(), 200u);
}

TEST(SmtpFeatures, AreReadInAnyCaseAndInTheOldForm)
{
    const auto features = features_in(reply_in("250-me\r\n250-starttls\r\n250-Auth login Plain\r\n250 smtputf8\r\n"));
    EXPECT_TRUE(features.starttls);
    EXPECT_TRUE(features.smtputf8);
    EXPECT_TRUE(features.offers_auth("PLAIN"));
    EXPECT_TRUE(features.offers_auth("LOGIN"));
    EXPECT_FALSE(features.offers_auth("XOAUTH2"));

    EXPECT_TRUE(features_in(reply_in("250-me\r\n250 AUTH=LOGIN\r\n")).offers_auth("LOGIN"));
    EXPECT_TRUE(features_in(reply_in("250 me\r\n")).auth.empty());
}

}
}
