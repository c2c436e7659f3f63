#include "redis/conversation.hpp"

#include "base/unavailable.hpp"

#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace watchword::redis {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;
using namespace std::chrono_literals;

class ConversationTest : public testing::Test {
protected:
    Conversation conversation;
    std::vector<std::string> heard;

    void ask(const std::string& name, Conversation::Moment until = {})
    {
        conversation.ask({name}, until, [this, name](std::expected<Reply, std::string> reply) {
            heard.push_back(name + "=" + (reply ? reply->text : reply.error()));
        });
    }
};

TEST_F(ConversationTest, SendsCommandsWithoutWaitingAndAnswersThemInOrder)
{
    ask("A");
    ask("B");
    EXPECT_EQ(conversation.take_outgoing(), "*1\r\n$1\r\nA\r\n*1\r\n$1\r\nB\r\n");
    EXPECT_FALSE(conversation.has_outgoing());
    conversation.receive("+1\r\n+");
    EXPECT_THAT(heard, ElementsAre("A=1"));
    ask("C");
    conversation.receive("2\r\n+3\r\n");
    EXPECT_THAT(heard, ElementsAre("A=1", "B=2", "C=3"));
}

TEST_F(ConversationTest, TakesArgumentsForWhatTheyAre)
{
    const std::string binary("\r\n+OK\0", 6);
    EXPECT_EQ(Command({"SET", binary, ""}).bytes(), "*3\r\n$3\r\nSET\r\n$6\r\n" + binary + "\r\n$0\r\n\r\n");
}

TEST_F(ConversationTest, EndsAtAReplyThatNobodyAskedFor)
{
    ask("A");
    EXPECT_THROW(conversation.receive("+1\r\n+2\r\n"), Unavailable);
    EXPECT_THAT(heard, ElementsAre("A=1"));
}

TEST_F(ConversationTest, AnswersWhatCameWholeBeforeGarbage)
{
    ask("A");
    ask("B");
    EXPECT_THROW(conversation.receive("+1\r\n<html>"), Unavailable);
    conversation.fail("garbage");
    EXPECT_THAT(heard, ElementsAre("A=1", "B=garbage"));
    EXPECT_FALSE(conversation.first_until());
}

TEST_F(ConversationTest, TellsWhoHasWaitedLongest)
{
    const Conversation::Moment now{1h};
    EXPECT_FALSE(conversation.first_until());
    ask("A", now + 50ms);
    ask("B", now + 60ms);
    EXPECT_EQ(conversation.first_until(), now + 50ms);
    conversation.receive("+1\r\n");
    EXPECT_EQ(conversation.first_until(), now + 60ms);
}

TEST_F(ConversationTest, IsFullAtItsBound)
{
    for (std::size_t i = 0; i < Conversation::waiting_max; ++i) {
        EXPECT_FALSE(conversation.is_full());
        ask("A");
    }
    EXPECT_TRUE(conversation.is_full());
}

TEST(ConversationWithASubscription, TellsWhatIsPublishedApartFromReplies)
{
    std::vector<std::string> published;
    std::vector<std::string> heard;
    Conversation conversation([&](const Reply& reply) { published.push_back(reply.elements.at(2).text); });
    conversation.ask({"PING"}, {}, [&](auto reply) { heard.push_back(reply->elements.at(0).text); });
    conversation.receive("*3\r\n$7\r\nmessage\r\n$1\r\nc\r\n$4\r\nnews\r\n*2\r\n$4\r\npong\r\n$0\r\n\r\n");
    EXPECT_THAT(published, ElementsAre("news"));
    EXPECT_THAT(heard, ElementsAre("pong"));
}

}
}
