#include "redis/client.hpp"

#include "base/start_refused.hpp"
#include "base/unavailable.hpp"
#include "tests/support/redis_client.hpp"

#include <fstream>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace watchword::redis {
namespace {

using namespace std::chrono_literals;
using testing::HasSubstr;
using testing::Not;
using tests::options_for;
using tests::RedisServer;
using tests::RunningRedisClient;

bool is_unavailable(RunningRedisClient& running)
{
    try {
        running.ask({"PING"});
        return false;
    } catch (const Unavailable&) {
        return true;
    }
}

TEST(RedisClient, AsksOnEveryThread)
{
    RedisServer server;
    RunningRedisClient running(options_for(server));
    EXPECT_EQ(running.ask({"SET", "key", "value"}, 0).text, "OK");
    EXPECT_EQ(running.ask({"GET", "key"}, 1).text, "value");
    EXPECT_EQ(running.ask({"GET", "other"}, 1).kind, Reply::Kind::nil);
    EXPECT_TRUE(running.client().answers());
    EXPECT_THAT(server.say({"CLIENT", "LIST"}), HasSubstr("name=watchword"));
}

Task<> ask_many(Client& client, int first, int count, int& right)
{
    for (int i = first; i < first + count; ++i) {
        const auto text = std::to_string(i);
        Command command{"ECHO", text};
        const auto reply = co_await client.ask(std::move(command), Deadline::after(5s));
        right += reply.text == text ? 1 : 0;
    }
}

TEST(RedisClient, GivesEachOfManyItsOwnReply)
{
    RedisServer server;
    auto options = options_for(server);
    options.command_timeout = 2s; // of a test machine nobody knows how busy it is
    RunningRedisClient running(options);
    std::vector<int> right(100);
    std::vector<std::future<void>> asking;
    for (int i = 0; i < 100; ++i) {
        asking.push_back(running.begin(ask_many(running.client(), 1000 * i, 50, right[static_cast<std::size_t>(i)]),
                                       static_cast<std::size_t>(i % 2)));
    }
    for (auto& each : asking) {
        each.get();
    }
    EXPECT_THAT(right, testing::Each(50));
}

TEST(RedisClient, RunsScriptsAlsoWhereTheyWereForgotten)
{
    RedisServer server;
    RunningRedisClient running(options_for(server));
    const Script script("return {KEYS[1], ARGV[1], #ARGV}");
    const auto run = [&] {
        return running.run(running.client().run(script, "key", {"first", "second"}, Deadline::after(5s)));
    };
    EXPECT_EQ(run().elements.at(0).text, "key");
    server.say({"SCRIPT", "FLUSH"});
    const auto reply = run();
    EXPECT_EQ(reply.elements.at(1).text, "first");
    EXPECT_EQ(reply.elements.at(2).number, 2);
    EXPECT_EQ(server.say({"SCRIPT", "EXISTS", script.sha1()}), "1");
}

TEST(RedisClient, LogsInAndChoosesTheDatabase)
{
    RedisServer server({.password = "s3cret-password"});
    server.say({"ACL", "SETUSER", "jane", "on", ">janes", "~*", "+@all"});
    auto options = options_for(server);
    options.location.database = 3;
    options.location.password = SecretText("s3cret-password");
    {
        RunningRedisClient running(options);
        EXPECT_EQ(running.ask({"SET", "key", "value"}).text, "OK");
        EXPECT_THAT(server.say({"INFO", "keyspace"}), HasSubstr("db3:keys=1"));
    }
    options.location.username = "jane";
    options.location.password = SecretText("janes");
    RunningRedisClient running(options);
    EXPECT_EQ(running.ask({"ACL", "WHOAMI"}).text, "jane");
}

TEST(RedisClient, SaysThatThePasswordIsWrongAndNotWhichItIs)
{
    RedisServer server({.password = "s3cret-password"});
    auto options = options_for(server);
    options.location.password = SecretText("wr0ng-password");
    testing::internal::CaptureStderr();
    {
        RunningRedisClient running(options);
        EXPECT_TRUE(is_unavailable(running));
        EXPECT_FALSE(running.client().answers());
        std::this_thread::sleep_for(500ms);
        server.say({"CONFIG", "SET", "requirepass", "wr0ng-password"});
        EXPECT_TRUE(running.recovers());
    }
    const auto log = testing::internal::GetCapturedStderr();
    EXPECT_THAT(log, HasSubstr("WRONGPASS"));
    EXPECT_THAT(log, Not(HasSubstr("0ng-password")));
    EXPECT_EQ(std::ranges::count(log, '\n'), 2) << log;
}

TEST(RedisClient, DoesNotLogThePasswordThatAServerRepeats)
{
    RedisServer server({.settings = {"rename-command AUTH \"\""}});
    EXPECT_THAT(server.say({"AUTH", "s3cret-password"}), HasSubstr("s3cret-password"));
    auto options = options_for(server);
    options.location.password = SecretText("s3cret-password");
    testing::internal::CaptureStderr();
    {
        RunningRedisClient running(options);
        EXPECT_TRUE(is_unavailable(running));
    }
    EXPECT_THAT(testing::internal::GetCapturedStderr(),
                testing::AllOf(HasSubstr("it refuses to log us in: ERR"), Not(HasSubstr("s3cret"))));
}

TEST(RedisClient, SaysThatAPasswordIsNotWanted)
{
    RedisServer server;
    auto options = options_for(server);
    options.location.password = SecretText("s3cret-password");
    testing::internal::CaptureStderr();
    {
        RunningRedisClient running(options);
        EXPECT_TRUE(is_unavailable(running));
    }
    EXPECT_THAT(testing::internal::GetCapturedStderr(), HasSubstr("without any password configured"));
}

TEST(RedisClient, LogsInWhenAPasswordIsAskedForLater)
{
    RedisServer server;
    RunningRedisClient running(options_for(server));
    server.say({"CONFIG", "SET", "requirepass", "new"});
    EXPECT_EQ(running.ask({"PING"}).text, "PONG"); // Redis lets those in who are in
}

TEST(RedisClient, SpeaksThroughAUnixSocket)
{
    RedisServer server;
    ClientOptions options;
    options.location.socket_path = server.socket_path();
    RunningRedisClient running(options);
    EXPECT_EQ(running.ask({"PING"}).text, "PONG");
    server.kill();
    EXPECT_TRUE(is_unavailable(running));
    server.start();
    EXPECT_TRUE(running.recovers());
}

TEST(RedisClient, SpeaksTlsToWhomTheAuthoritiesVouchFor)
{
    RedisServer server({.tls = true});
    for (const char* const name : {"localhost", "127.0.0.1"}) {
        ClientOptions options;
        options.location.hosts = {{name, server.tls_port()}};
        options.location.encryption = Location::Encryption::tls;
        options.ca_file = server.ca_file();
        RunningRedisClient running(options);
        EXPECT_EQ(running.ask({"SET", "key", std::string(100'000, 'x')}).text, "OK");
        EXPECT_EQ(running.ask({"GET", "key"}, 1).text.size(), 100'000U);
        server.kill();
        EXPECT_TRUE(is_unavailable(running));
        server.start();
        EXPECT_TRUE(running.recovers());
    }
}

TEST(RedisClient, SendsNothingToAServerThatNobodyVouchesFor)
{
    RedisServer server({.tls = true});
    RedisServer stranger({.tls = true});
    ClientOptions options;
    options.location.encryption = Location::Encryption::tls;
    options.location.password = SecretText("s3cret");
    for (const auto& ca_file : {std::string(), stranger.ca_file()}) {
        options.location.hosts = {{"localhost", server.tls_port()}};
        options.ca_file = ca_file;
        testing::internal::CaptureStderr();
        {
            RunningRedisClient running(options);
            EXPECT_TRUE(is_unavailable(running));
        }
        EXPECT_THAT(testing::internal::GetCapturedStderr(), HasSubstr("certificate verify failed"));
    }
    EXPECT_THAT(server.say({"INFO", "commandstats"}), Not(HasSubstr("cmdstat_auth")));
}

TEST(RedisClient, SendsNothingToAServerOfAnotherName)
{
    RedisServer server({.tls = true});
    ClientOptions options;
    options.location.encryption = Location::Encryption::tls;
    options.location.hosts = {{"127.0.0.2", server.tls_port()}};
    options.ca_file = server.ca_file();
    server.say({"CONFIG", "SET", "bind", "127.0.0.1 127.0.0.2"});
    RunningRedisClient running(options);
    EXPECT_TRUE(is_unavailable(running));
}

TEST(RedisClient, DoesNotStartWithoutTheAuthoritiesItIsTold)
{
    IoThreads threads(1);
    ClientOptions options;
    options.location.encryption = Location::Encryption::tls;
    options.ca_file = "/no/such/file.pem";
    EXPECT_THROW(Client(threads, options), StartRefused);
}

TEST(RedisClient, AsksNothingWhenLessTimeIsLeftThanACommandMayTake)
{
    RedisServer server;
    RunningRedisClient running(options_for(server));
    EXPECT_THROW(running.run(running.client().ask({"PING"}, Deadline::after(10ms))), Unavailable);
    EXPECT_EQ(running.ask({"PING"}).text, "PONG");
}

}
}
