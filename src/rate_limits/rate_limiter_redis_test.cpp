#include "rate_limits/rate_limiter_redis.hpp"

#include "rate_limits/embedded_script.hpp"
#include "rate_limits/gcra.hpp"
#include "rate_limits/rate_limiter_memory.hpp"
#include "tests/contract/rate_limiter_contract.hpp"
#include "tests/support/redis_client.hpp"

#include <atomic>
#include <random>

#include <fmt/format.h>
#include <gmock/gmock.h>

namespace watchword::tests {
namespace {

using namespace std::chrono_literals;
using rate_limits::Bucket;
using rate_limits::MemoryRateLimiter;
using rate_limits::Rate;
using rate_limits::Rates;
using testing::HasSubstr;
using testing::StartsWith;

redis::ClientOptions patient_options_for(const RedisServer& server)
{
    auto options = options_for(server);
    options.command_timeout = 2s; // of a test machine nobody knows how busy it is
    return options;
}

/// Takes on the I/O threads of a client in turn, from whatever thread it is asked.
class OnIoThreads final : public rate_limits::RateLimiter {
public:
    OnIoThreads(RunningRedisClient& running, rate_limits::RateLimiter& inner) : running_(running), inner_(inner) {}

    Task<Result<>> take(const Bucket& bucket, const Rates& rates, Deadline deadline) override
    {
        const auto thread = static_cast<std::size_t>(turn_++ % 2);
        auto taking = running_.begin(inner_.take(bucket, rates, deadline), thread);
        co_return taking.get();
    }

private:
    RunningRedisClient& running_;
    rate_limits::RateLimiter& inner_;
    std::atomic<int> turn_ = 0;
};

/// One instance of the service on a Redis.
struct Instance {
    explicit Instance(const redis::ClientOptions& options) : running(options) {}

    RunningRedisClient running;
    MemoryRateLimiter local{10'000};
    std::unique_ptr<rate_limits::RateLimiter> shared = rate_limits::make_redis_rate_limiter(running.client(), local);
    OnIoThreads limiter{running, *shared};

    Result<> take(const Bucket& bucket, const Rates& rates)
    {
        return run_task(limiter.take(bucket, rates, Deadline::after(5s)));
    }

    int take_all(const Bucket& bucket, const Rates& rates)
    {
        int taken = 0;
        while (take(bucket, rates)) {
            ++taken;
        }
        return taken;
    }
};

/// A Redis whose clock the test moves. What was decided in memory would not hear of that.
struct RedisHarness {
    RedisServer server{{.moved_clock = true}};
    Instance instance{patient_options_for(server)};

    rate_limits::RateLimiter& limiter() { return instance.limiter; }
    void advance(std::chrono::nanoseconds by) { server.advance(by); }
};

INSTANTIATE_TYPED_TEST_SUITE_P(Redis, RateLimiterContract, RedisHarness);

const Bucket jane{"login", "\xcb\x01\x71\x07"};

Task<> take_often(rate_limits::RateLimiter& limiter, Rates rates, int times, std::atomic<int>& allowed)
{
    for (int i = 0; i < times; ++i) {
        const auto outcome = co_await limiter.take(jane, rates, Deadline::after(30s));
        allowed += outcome ? 1 : 0;
    }
}

TEST(RedisRateLimiter, LetsExactlyTheCountPassOverAllInstances)
{
    RedisServer server;
    Instance first(patient_options_for(server));
    Instance second(patient_options_for(server));
    const Rates rates{{10, 24h}, {11, 48h}};
    std::atomic<int> allowed = 0;
    std::vector<std::future<void>> crowd;
    for (int i = 0; i < 64; ++i) {
        auto& instance = i % 2 == 0 ? first : second;
        crowd.push_back(instance.running.begin(take_often(*instance.shared, rates, 16, allowed),
                                               static_cast<std::size_t>(i / 2 % 2)));
    }
    for (auto& each : crowd) {
        each.get();
    }
    EXPECT_EQ(allowed, 10);
}

TEST(RedisRateLimiter, KeepsWhatExpiresUnderItsOwnName)
{
    RedisServer server;
    Instance instance(patient_options_for(server));
    EXPECT_TRUE(instance.take(jane, {{10, 1min}, {100, 1h}}));
    EXPECT_EQ(server.say({"KEYS", "*"}), "watchword:1:limit:login:cb017107");
    const auto lifetime = std::stol(server.say({"PTTL", "watchword:1:limit:login:cb017107"}));
    EXPECT_GT(lifetime, 35'000); // one of 100 per hour
    EXPECT_LE(lifetime, 36'002);
}

TEST(RedisRateLimiter, IsBoundedByTheClockThatGoesBackAndForth)
{
    RedisHarness harness;
    const Rates rates{{3, 1min}};
    const auto all = [&] { return harness.instance.take_all(jane, rates); };
    EXPECT_EQ(all(), 3);
    harness.advance(1h);
    EXPECT_EQ(all(), 3);
    harness.advance(-1h);
    EXPECT_EQ(all(), 0);
    EXPECT_LE(harness.instance.take(jane, rates).error().retry_after, 20s);
    harness.advance(20s);
    EXPECT_EQ(all(), 1);
}

TEST(RedisRateLimiter, WritesOverWhatOthersPutThere)
{
    RedisServer server;
    Instance instance(patient_options_for(server));
    const Rates rates{{3, 24h}, {4, 48h}};
    const std::string key = "watchword:1:limit:login:cb017107";
    for (const std::string garbage :
         {"", "x", "-5.000", "99999999999999999999999999999999999.999 1e308.000", "nan inf", "1.5", "\xff\xfe"}) {
        server.say({"SET", key, garbage});
        EXPECT_LE(instance.take_all(jane, rates), 3) << garbage;
        EXPECT_EQ(instance.take_all(jane, rates), 0) << garbage;
        EXPECT_GT(std::stol(server.say({"PTTL", key})), 0) << garbage;
    }
    server.say({"DEL", key});
    server.say({"LPUSH", key, "1"});
    EXPECT_EQ(instance.take_all(jane, rates), 3);
}

TEST(RedisRateLimiter, StartsAnewWhenRedisHasForgottenItAll)
{
    RedisServer server;
    Instance instance(patient_options_for(server));
    const Rates rates{{3, 24h}};
    EXPECT_EQ(instance.take_all(jane, rates), 3);
    server.say({"SCRIPT", "FLUSH"});
    EXPECT_EQ(instance.take_all(jane, rates), 0);
    server.say({"FLUSHALL"});
    EXPECT_EQ(instance.take_all(jane, rates), 3);
}

class RedisRateLimiterFault : public testing::Test {
protected:
    RedisServer server;
    Instance instance{options_for(server)};
    const Rates rates{{3, 24h}};

    void SetUp() override { EXPECT_TRUE(instance.take(jane, rates)); }

    /// While the fault lasts the memory limits, and it knows of the one that has passed before.
    void expect_that_memory_limits()
    {
        EXPECT_EQ(instance.take_all(jane, rates), 2);
        EXPECT_EQ(instance.take(jane, rates), fail(ErrorCode::rate_limited, 8h));
        EXPECT_FALSE(instance.running.client().answers());
    }
};

TEST_F(RedisRateLimiterFault, KilledMeansMemoryAndItsReturnMeansShared)
{
    server.kill();
    expect_that_memory_limits();
    server.start();
    ASSERT_TRUE(instance.running.recovers());
    EXPECT_EQ(instance.take_all(jane, rates), 3);
    EXPECT_EQ(server.say({"EXISTS", "watchword:1:limit:login:cb017107"}), "1");
}

TEST_F(RedisRateLimiterFault, FrozenMeansMemoryWithinTheTimeOfACommand)
{
    server.freeze();
    const auto began = std::chrono::steady_clock::now();
    expect_that_memory_limits();
    EXPECT_LT(std::chrono::steady_clock::now() - began, 1s);
    server.thaw();
    ASSERT_TRUE(instance.running.recovers());
    EXPECT_LE(instance.take_all(jane, rates), 2); // of what it has counted it forgot nothing
}

TEST_F(RedisRateLimiterFault, AReplicaMeansMemory)
{
    server.say({"REPLICAOF", "127.0.0.1", "1"});
    expect_that_memory_limits();
}

TEST_F(RedisRateLimiterFault, ExhaustedMemoryOfRedisMeansMemory)
{
    server.say({"CONFIG", "SET", "maxmemory", "1"});
    expect_that_memory_limits();
    server.say({"CONFIG", "SET", "maxmemory", "0"});
    EXPECT_EQ(instance.take_all(jane, rates), 2);
}

TEST_F(RedisRateLimiterFault, ForbiddenScriptsMeanMemory)
{
    server.say({"ACL", "SETUSER", "default", "-@scripting"});
    expect_that_memory_limits();
}

/// The script by a clock that the test sets.
class ScriptOnAClock {
public:
    std::chrono::nanoseconds take(const Rates& rates, std::chrono::microseconds now)
    {
        std::vector<std::string> words{"EVAL", text_, "1", "key"};
        for (const auto& rate : rates) {
            for (const auto time : {rate.interval(), rate.window()}) {
                words.push_back(std::to_string(time.count() / 1000));
                words.push_back(std::to_string(time.count() % 1000));
            }
        }
        server_.say({"SET", "clock", fmt::format("{} {}", now.count() / 1'000'000, now.count() % 1'000'000)});
        redis::Command command(std::vector<std::string_view>(words.begin(), words.end()));
        const auto reply = running_.ask(std::move(command));
        return std::chrono::nanoseconds(reply.elements.at(0).number * 1000 + reply.elements.at(1).number);
    }

    void forget() { server_.say({"DEL", "key"}); }
    std::string stored() { return server_.say({"GET", "key"}); }

private:
    /// By the clock of the test, and without an end: keys would expire by the clock of Redis.
    static std::string with_the_clock_of_the_test(std::string script)
    {
        const auto replace = [&](std::string_view what, std::string_view by) {
            const auto at = script.find(what);
            EXPECT_NE(at, std::string::npos) << what;
            script.replace(at, what.size(), by);
        };
        replace("redis.call('TIME')", "{redis.call('GET', 'clock'):match('(%d+) (%d+)')}");
        replace("math.floor((last - now) / 1000) + 2", "3600000");
        return script;
    }

    std::string text_ = with_the_clock_of_the_test(std::string(rate_limits::embedded_script().front().text));
    RedisServer server_;
    RunningRedisClient running_{patient_options_for(server_)};
};

TEST(GcraScript, DecidesToTheNanosecondAsTheFunctionDoes)
{
    const Rates all[] = {
        {{10, 1min}},
        {{3, 1s}},
        {{7, 1s}, {11, 1min}},
        {{1'000'000'000, 1s}},
        {{999'999'937, 7s}},
        {{1, Rate::period_max}, {3, 1h}},
        {{1'000'003, 1s}, {3, Rate::period_max}, {17, 24h}},
    };
    ScriptOnAClock script;
    std::mt19937_64 random(20'261'126);
    int refused = 0;
    for (const auto& rates : all) {
        script.forget();
        rate_limits::gcra::FullAgain known{};
        std::chrono::microseconds now = 1'795'710'482s;
        for (int step = 0; step < 120; ++step) {
            const auto decision = rate_limits::gcra::take(known, rates, now);
            known = decision.after;
            ASSERT_EQ(script.take(rates, now), decision.wait) << rates.text() << " step " << step;
            std::string expected;
            for (std::size_t i = 0; i < rates.size(); ++i) {
                expected +=
                    fmt::format("{}{}.{:03}", i == 0 ? "" : " ", known[i].count() / 1000, known[i].count() % 1000);
            }
            ASSERT_EQ(script.stored(), expected) << rates.text() << " step " << step;
            refused += decision.refused() ? 1 : 0;
            const auto longest = decision.refused() ? decision.wait : std::chrono::nanoseconds(rates[0].interval());
            const auto most = std::clamp<std::int64_t>(longest.count() / 1000 * 3 / 2, 2, 30L * 24 * 3'600'000'000);
            now += std::chrono::microseconds(std::uniform_int_distribution<std::int64_t>(0, most)(random));
            if (step % 40 == 39) {
                now -= 1h; // the clock is set back
            }
        }
    }
    EXPECT_GT(refused, 100);
}

}
}
