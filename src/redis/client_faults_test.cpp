#include "redis/client.hpp"

#include "base/unavailable.hpp"
#include "tests/support/redis_client.hpp"
#include "tests/support/scripted_peer.hpp"

#include <optional>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace watchword::redis {
namespace {

using namespace std::chrono_literals;
using testing::HasSubstr;
using tests::options_for;
using tests::RedisServer;
using tests::RunningRedisClient;
using tests::ScriptedPeer;
using Steady = std::chrono::steady_clock;

class RedisFaults : public testing::Test {
protected:
    RedisServer server;
    RunningRedisClient running{options_for(server)};

    /// The reason why a command has failed; nothing where it has not.
    std::optional<std::string> failure(Command command = {"SET", "key", "value"})
    {
        try {
            running.ask(std::move(command));
            return std::nullopt;
        } catch (const Unavailable& error) {
            return error.what();
        }
    }

    /// How long a thousand commands take that all fail.
    Steady::duration time_of_a_thousand_failures()
    {
        const auto began = Steady::now();
        for (int i = 0; i < 1000; ++i) {
            EXPECT_TRUE(failure());
        }
        return Steady::now() - began;
    }
};

TEST_F(RedisFaults, FailsAtOnceWhileTheServerIsGoneAndRecoversInTwoSeconds)
{
    for (int round = 0; round < 3; ++round) {
        server.kill();
        EXPECT_TRUE(failure());
        EXPECT_LT(time_of_a_thousand_failures(), 1s);
        EXPECT_FALSE(running.client().answers());
        server.start();
        EXPECT_TRUE(running.recovers());
    }
}

TEST_F(RedisFaults, WaitsOnceForAFrozenServerAndThenFailsAtOnce)
{
    server.freeze();
    const auto began = Steady::now();
    EXPECT_TRUE(failure());
    EXPECT_LT(Steady::now() - began, 500ms); // 50 ms, and what a busy machine adds
    EXPECT_LT(time_of_a_thousand_failures(), 1s);
    std::this_thread::sleep_for(1500ms); // some attempts to connect
    EXPECT_TRUE(failure());
    server.thaw();
    EXPECT_TRUE(running.recovers());
}

TEST_F(RedisFaults, GivesNoLateReplyToAnybodyElse)
{
    for (int round = 0; round < 5; ++round) {
        server.freeze();
        EXPECT_TRUE(failure({"ECHO", "late"}));
        server.thaw();
        ASSERT_TRUE(running.recovers());
        EXPECT_EQ(running.ask({"ECHO", "mine"}).text, "mine");
    }
}

TEST_F(RedisFaults, NoticesTheLossOfAnIdleServerByItself)
{
    server.freeze();
    std::this_thread::sleep_for(1300ms);
    EXPECT_FALSE(running.client().answers());
    server.thaw();
    EXPECT_TRUE(running.recovers());
}

TEST_F(RedisFaults, SurvivesADroppedConnection)
{
    server.say({"CLIENT", "KILL", "TYPE", "normal"});
    EXPECT_TRUE(running.recovers());
}

TEST_F(RedisFaults, SurvivesAServerThatIsBusyForLong)
{
    std::jthread sleeper([this] { server.say({"DEBUG", "SLEEP", "1.5"}); });
    std::this_thread::sleep_for(100ms);
    EXPECT_TRUE(failure());
    EXPECT_LT(time_of_a_thousand_failures(), 1s);
    sleeper.join();
    EXPECT_TRUE(running.recovers());
}

TEST_F(RedisFaults, LeavesAServerThatHasBecomeAReplica)
{
    testing::internal::CaptureStderr();
    server.say({"REPLICAOF", "127.0.0.1", "1"});
    EXPECT_THAT(failure().value_or(""), testing::AnyOf(HasSubstr("READONLY"), HasSubstr("not connected")));
    EXPECT_THAT(failure({"GET", "key"}).value_or(""), HasSubstr("not connected")); // at once
    std::this_thread::sleep_for(1s);
    EXPECT_THAT(failure({"GET", "key"}).value_or(""), HasSubstr("not connected")); // and for as long as it is one
    server.say({"REPLICAOF", "NO", "ONE"});
    EXPECT_TRUE(running.recovers());
    const auto log = testing::internal::GetCapturedStderr();
    EXPECT_EQ(std::ranges::count(log, '\n'), 2) << log;
}

TEST_F(RedisFaults, PassesOnThatMemoryIsExhausted)
{
    server.say({"CONFIG", "SET", "maxmemory", "1"});
    EXPECT_THAT(failure().value_or(""), HasSubstr("OOM"));
    EXPECT_FALSE(running.client().answers());
    EXPECT_FALSE(failure({"GET", "key"}));
    server.say({"CONFIG", "SET", "maxmemory", "0"});
    EXPECT_FALSE(failure());
    EXPECT_TRUE(running.client().answers());
}

TEST_F(RedisFaults, PassesOnErrorsAndKeepsTheConnection)
{
    running.ask({"LPUSH", "list", "1"});
    EXPECT_THAT(failure({"GET", "list"}).value_or(""), HasSubstr("WRONGTYPE"));
    EXPECT_THAT(failure({"NONSENSE"}).value_or(""), HasSubstr("unknown command"));
    EXPECT_EQ(running.ask({"PING"}).text, "PONG");
}

/// A peer that answers the greeting as Redis does, and what comes after it as the test says.
ScriptedPeer::Answer after_the_greeting(std::string answer)
{
    return [answer](std::string_view received) -> std::string {
        if (received.contains("ROLE")) {
            return "*3\r\n$6\r\nmaster\r\n:0\r\n*0\r\n";
        }
        return received.contains("SETNAME") ? "+OK\r\n" : answer;
    };
}

ClientOptions options_for_peer(const ScriptedPeer& peer)
{
    ClientOptions options;
    options.location.hosts = {{"127.0.0.1", peer.port()}};
    return options;
}

TEST(RedisWithAStrangePeer, TakesNothingForAReplyThatIsNone)
{
    for (const std::string answer :
         {"HTTP/1.1 400 Bad Request\r\n\r\n", "$536870912\r\nxxxx", "*2147483647\r\n", "+OK\r\n+OK\r\n+OK\r\n",
          "$5\r\nab", "-MOVED 3999 127.0.0.1:6381\r\n", "-LOADING Redis is loading the dataset in memory\r\n",
          "-CLUSTERDOWN The cluster is down\r\n", "-MISCONF Errors writing to the AOF file\r\n", ""}) {
        ScriptedPeer peer(after_the_greeting(answer));
        auto options = options_for_peer(peer);
        IoThreads threads(1);
        RunningRedisClient running(options);
        int failed = 0;
        for (int i = 0; i < 20; ++i) {
            try {
                running.ask({"GET", "key"});
            } catch (const Unavailable&) {
                ++failed;
            }
            std::this_thread::sleep_for(2ms);
        }
        EXPECT_GE(failed, 18) << answer; // of "+OK+OK+OK" the first is a reply
    }
}

TEST(RedisWithAStrangePeer, IsNotGreetedByWhatIsNoRedis)
{
    for (const std::string answer : {"220 mail.example.com ESMTP\r\n", "+OK\r\n", ":1\r\n", "*0\r\n", "$-1\r\n", ""}) {
        ScriptedPeer peer([answer](std::string_view) { return answer; });
        RunningRedisClient running(options_for_peer(peer));
        EXPECT_THROW(running.ask({"PING"}), Unavailable) << answer;
        std::this_thread::sleep_for(300ms);
        EXPECT_LT(peer.connections(), 20) << answer;
    }
}

TEST(RedisBehindABlackHole, CostsTheStartASecondAndCommandsNothing)
{
    // A listener whose queue is full: the kernel drops whoever knocks.
    asio::io_context context;
    asio::ip::tcp::acceptor hole(context, {asio::ip::address_v4::loopback(), 0}, false);
    ASSERT_EQ(::listen(hole.native_handle(), 0), 0);
    asio::ip::tcp::socket filler(context);
    filler.connect(hole.local_endpoint());

    ClientOptions options;
    options.location.hosts = {{"127.0.0.1", hole.local_endpoint().port()}};
    const auto began = Steady::now();
    RunningRedisClient running(options);
    EXPECT_GT(Steady::now() - began, 900ms); // or it was no black hole
    EXPECT_LT(Steady::now() - began, 3s);
    const auto asked = Steady::now();
    EXPECT_THROW(running.ask({"PING"}), Unavailable);
    EXPECT_LT(Steady::now() - asked, 200ms);
}

TEST(RedisThatIsNotThere, StopsAndStartsAllTheSame)
{
    for (const char* const host : {"127.0.0.1", "no-such-host.invalid", "::1", "192.0.2.1"}) {
        ClientOptions options;
        options.location.hosts = {{host, 1}};
        const auto began = Steady::now();
        {
            RunningRedisClient running(options);
            EXPECT_THROW(running.ask({"PING"}), Unavailable);
        }
        EXPECT_LT(Steady::now() - began, 5s) << host;
    }
}

}
}
