#include "base/unavailable.hpp"
#include "tests/support/redis_client.hpp"
#include "tests/support/scripted_peer.hpp"

#include <fmt/format.h>
#include <gtest/gtest.h>

namespace watchword::redis {
namespace {

using namespace std::chrono_literals;
using tests::RedisServer;
using tests::RunningRedisClient;
using tests::ScriptedPeer;

RedisServer::Options sentinel_of(const RedisServer& master)
{
    return {.settings = {fmt::format("sentinel monitor mymaster 127.0.0.1 {} 1", master.port()),
                         "sentinel down-after-milliseconds mymaster 300", "sentinel failover-timeout mymaster 2000"},
            .first_argument = "--sentinel"};
}

bool is_master(const RedisServer& server)
{
    try {
        return server.say({"ROLE"}).starts_with("master");
    } catch (const std::exception&) {
        return false; // a Sentinel cuts connections while it promotes
    }
}

/// A master, its replica, and a Sentinel that knows both.
class RedisSentinels : public testing::Test {
protected:
    RedisServer master;
    RedisServer replica{{.settings = {fmt::format("replicaof 127.0.0.1 {}", master.port())}}};
    RedisServer sentinel{sentinel_of(replicated(master))};

    /// The master once the replica has its data: a Sentinel looks at its beginning, and then for ten seconds not.
    const RedisServer& replicated(const RedisServer& server) const
    {
        for (int i = 0; i < 300 && !replica.say({"INFO", "replication"}).contains("master_link_status:up"); ++i) {
            std::this_thread::sleep_for(20ms);
        }
        return server;
    }

    ClientOptions options() const
    {
        ClientOptions options;
        // The first two are not there: the next is asked.
        options.location.hosts = {{"127.0.0.1", 1}, {"127.0.0.1", 2}, {"127.0.0.1", sentinel.port()}};
        options.location.master_name = "mymaster";
        return options;
    }
};

TEST_F(RedisSentinels, NameTheMasterAndTellOfItsSuccessor)
{
    RunningRedisClient running(options());
    EXPECT_EQ(running.ask({"SET", "key", "old"}).text, "OK");
    EXPECT_EQ(master.say({"GET", "key"}), "old");

    for (int i = 0; i < 400 && sentinel.say({"SENTINEL", "FAILOVER", "mymaster"}) != "OK"; ++i) {
        std::this_thread::sleep_for(25ms);
    }
    for (int i = 0; i < 400 && (!is_master(replica) || is_master(master)); ++i) {
        std::this_thread::sleep_for(25ms);
    }
    EXPECT_TRUE(running.recovers());
    running.ask({"SET", "key", "new"});
    EXPECT_EQ(replica.say({"GET", "key"}), "new");
}

TEST_F(RedisSentinels, ReplaceAMasterThatDied)
{
    RunningRedisClient running(options());
    EXPECT_EQ(running.ask({"PING"}).text, "PONG");
    master.kill();
    for (int i = 0; i < 800 && !is_master(replica); ++i) {
        std::this_thread::sleep_for(25ms);
    }
    EXPECT_TRUE(running.recovers());
    EXPECT_EQ(replica.say({"GET", "recovered"}), "1");
}

TEST_F(RedisSentinels, AreNotBelievedAboutAReplica)
{
    master.kill();
    sentinel.kill();
    RedisServer mistaken(sentinel_of(replica));
    auto options = this->options();
    options.location.hosts = {{"127.0.0.1", mistaken.port()}};
    RunningRedisClient running(options);
    EXPECT_THROW(running.ask({"GET", "key"}), Unavailable);
}

/// What a Sentinel answers, for a master that can move without any harm to the old one.
std::string as_a_sentinel(std::string_view received, std::uint16_t master, bool has_news)
{
    if (received.contains("get-master-addr-by-name")) {
        const auto port = std::to_string(master);
        return fmt::format("*2\r\n$9\r\n127.0.0.1\r\n${}\r\n{}\r\n", port.size(), port);
    }
    if (received.contains("SUBSCRIBE")) {
        return "*3\r\n$9\r\nsubscribe\r\n$14\r\n+switch-master\r\n:1\r\n";
    }
    const std::string news = "mymaster 127.0.0.1 1 127.0.0.1 2";
    return (has_news ? fmt::format("*3\r\n$7\r\nmessage\r\n$14\r\n+switch-master\r\n${}\r\n{}\r\n", news.size(), news)
                     : "") +
           "+PONG\r\n";
}

TEST(RedisSentinelsThatTell, MakeUsLeaveAMasterThatStillTakesWrites)
{
    RedisServer old_master;
    RedisServer new_master;
    std::atomic<bool> moved = false;
    std::atomic<bool> told = false;
    ScriptedPeer sentinel([&](std::string_view received) {
        const bool has_news = moved && received.contains("PING") && !told.exchange(true); // only who listens pings then
        return as_a_sentinel(received, moved ? new_master.port() : old_master.port(), has_news);
    });
    ClientOptions options;
    options.location.hosts = {{"127.0.0.1", sentinel.port()}};
    options.location.master_name = "mymaster";
    RunningRedisClient running(options);
    running.ask({"SET", "key", "old"});
    EXPECT_EQ(old_master.say({"GET", "key"}), "old");
    moved = true;
    std::this_thread::sleep_for(1500ms);
    EXPECT_TRUE(running.recovers());
    running.ask({"SET", "key", "new"});
    EXPECT_EQ(new_master.say({"GET", "key"}), "new");
    EXPECT_EQ(old_master.say({"GET", "key"}), "old");
}

TEST(RedisSentinelsOfOthers, KnowNoMasterOfThatName)
{
    RedisServer master;
    RedisServer sentinel(sentinel_of(master));
    ClientOptions options;
    options.location.hosts = {{"127.0.0.1", sentinel.port()}};
    options.location.master_name = "another";
    testing::internal::CaptureStderr();
    {
        RunningRedisClient running(options);
        EXPECT_THROW(running.ask({"PING"}), Unavailable);
    }
    EXPECT_TRUE(testing::internal::GetCapturedStderr().contains("it knows no master of that name"));
}

TEST(RedisSentinelsWithAPassword, AreShownTheOneOfTheMaster)
{
    RedisServer master({.password = "s3cret"});
    auto sentinel_options = sentinel_of(master);
    sentinel_options.settings.push_back("sentinel auth-pass mymaster s3cret");
    sentinel_options.password = "s3cret";
    RedisServer sentinel(sentinel_options);
    ClientOptions options;
    options.location.hosts = {{"127.0.0.1", sentinel.port()}};
    options.location.master_name = "mymaster";
    options.location.password = SecretText("s3cret");
    RunningRedisClient running(options);
    EXPECT_EQ(running.ask({"PING"}).text, "PONG");
}

}
}
