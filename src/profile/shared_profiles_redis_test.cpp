#include "profile/shared_profiles_redis.hpp"

#include "profile/profiles.hpp"
#include "tests/support/memory_account_store.hpp"
#include "tests/support/redis_client.hpp"

#include <future>

#include <boost/asio/post.hpp>
#include <gtest/gtest.h>

namespace watchword::profile {
namespace {

using namespace std::chrono_literals;
using accounts::Account;
using tests::RedisServer;

const Account jane{.id = 7,
                   .email = "jane@example.com",
                   .full_name = "Jane \"J\" Doe\n",
                   .created_at = from_microseconds(1'700'000'000'123'456),
                   .email_verified = true};

/// What one process of several has of it.
struct Instance {
    explicit Instance(const RedisServer& server, const char* secret_key = "0123456789abcdef0123456789abcdef")
        : redis(tests::options_for(server)),
          keys(SecretText(secret_key)),
          shared(make_redis_shared_profiles(redis.client(), redis.threads(), background, keys, 1h))
    {
    }

    ~Instance() { settle(); }

    /// Waits for what nobody waits for.
    void settle() { redis.run(background.wait()); }

    SharedProfiles::Found find(std::size_t thread = 0)
    {
        return redis.run(shared->find(jane.id, Deadline::after(5s)), thread);
    }

    void keep(const Account& account, SharedProfiles::Permit permit)
    {
        auto keeping = [](SharedProfiles& profiles, const Account& kept, SharedProfiles::Permit with) -> Task<> {
            profiles.keep(kept, std::move(with));
            co_return;
        };
        redis.run(keeping(*shared, account, std::move(permit)));
        settle();
    }

    void keep_jane() { keep(jane, find().permit.value()); }

    void forget()
    {
        shared->forget(jane.id);
        settle();
    }

    tests::RunningRedisClient redis;
    Background background{redis.threads()};
    crypto::Keys keys;
    std::unique_ptr<SharedProfiles> shared;
};

class RedisSharedProfilesTest : public testing::Test {
protected:
    RedisServer server;
    Instance one{server};
    Instance other{server};

    void SetUp() override
    {
        one.find(); // each begins with a generation of its own
        other.find();
    }

    static constexpr const char* key = "watchword:1:profile:7";
};

TEST_F(RedisSharedProfilesTest, ShowsWhatAnotherInstanceHasRead)
{
    one.keep_jane();
    for (const std::size_t thread : {0U, 1U}) {
        const auto found = other.find(thread).account;
        ASSERT_TRUE(found);
        EXPECT_EQ(found->id, jane.id);
        EXPECT_EQ(found->email, jane.email);
        EXPECT_EQ(found->full_name, jane.full_name);
        EXPECT_EQ(found->created_at, jane.created_at);
        EXPECT_TRUE(found->email_verified);
    }
    EXPECT_GT(std::stoi(server.say({"PTTL", key})), 3'590'000);
}

TEST_F(RedisSharedProfilesTest, KeepsAnAccountWithoutAName)
{
    auto nameless = jane;
    nameless.full_name.reset();
    one.keep(nameless, one.find().permit.value());
    EXPECT_FALSE(other.find().account.value().full_name);
}

TEST_F(RedisSharedProfilesTest, ForgetsAChangedAccountEverywhere)
{
    one.keep_jane();
    one.forget();
    EXPECT_FALSE(one.find().account);
    EXPECT_FALSE(other.find().account);
}

TEST_F(RedisSharedProfilesTest, ShowsNothingOldWhileTheTombstoneIsOnItsWay)
{
    one.keep_jane();
    std::promise<void> gate;
    asio::post(one.redis.threads().context(0), // from where the tombstone goes out
               [opened = gate.get_future().share()] { opened.wait(); });
    one.shared->forget(jane.id);
    EXPECT_FALSE(one.find(1).account);
    gate.set_value();
}

TEST_F(RedisSharedProfilesTest, LetsNoSlowReadBringBackWhatHasChanged)
{
    auto permit = other.find().permit.value(); // it reads the old account, and is slow
    one.forget();
    other.keep(jane, std::move(permit));
    EXPECT_FALSE(other.find().account);
    other.keep_jane(); // not even one that began after it, for a while
    EXPECT_FALSE(other.find().account);
}

TEST_F(RedisSharedProfilesTest, KeepsNothingThatTookTooLongToRead)
{
    auto permit = one.find().permit.value();
    permit.given_at -= 11s;
    one.keep(jane, std::move(permit));
    EXPECT_FALSE(one.find().account);
}

TEST_F(RedisSharedProfilesTest, TrustsNothingThatWasKeptBeforeADoubt)
{
    one.keep_jane();
    auto old = other.find().permit.value();
    other.shared->doubt();
    EXPECT_FALSE(other.find().account);
    EXPECT_FALSE(one.find().account);
    one.keep(jane, std::move(old)); // read before that doubt
    EXPECT_FALSE(other.find().account);
    one.keep_jane();
    EXPECT_TRUE(other.find().account);
}

TEST_F(RedisSharedProfilesTest, DoesNotShowAfterALossWhatChangedDuringIt)
{
    one.keep_jane();
    server.freeze();
    one.forget(); // in vain
    server.thaw();
    ASSERT_TRUE(one.redis.recovers());
    ASSERT_TRUE(other.redis.recovers());
    EXPECT_FALSE(one.find().account);
    EXPECT_FALSE(other.find().account);
}

TEST_F(RedisSharedProfilesTest, DoesNotShowWhatChangedWhileRedisTookNoWrites)
{
    one.keep_jane();
    server.say({"CONFIG", "SET", "maxmemory", "1"});
    one.forget(); // in vain, and the connection stays
    EXPECT_FALSE(one.find().account);
    server.say({"CONFIG", "SET", "maxmemory", "0"});
    EXPECT_FALSE(one.find().account);
    EXPECT_FALSE(other.find().account);
}

TEST_F(RedisSharedProfilesTest, HasNothingWhileRedisIsLostAndIsOfUseAgainAfterwards)
{
    one.keep_jane();
    server.kill();
    EXPECT_FALSE(one.find().account);
    EXPECT_FALSE(one.find().permit);
    server.start();
    ASSERT_TRUE(one.redis.recovers());
    one.keep_jane();
    EXPECT_TRUE(one.find().account);
}

TEST_F(RedisSharedProfilesTest, TakesAFlushForALossOfEverything)
{
    one.keep_jane();
    server.say({"FLUSHALL"});
    EXPECT_FALSE(one.find().account);
    one.keep_jane();
    EXPECT_TRUE(one.find().account);
}

TEST_F(RedisSharedProfilesTest, BelievesNobodyElse)
{
    one.keep_jane();
    const auto value = server.say({"GET", key});
    const auto unlike = [&](std::size_t at) {
        auto changed = value;
        changed[at] = static_cast<char>(changed[at] ^ 1);
        return changed;
    };
    for (const auto& text : {std::string(), std::string("{}"), std::string(32, '0'), std::string(200, '\0'), unlike(0),
                             unlike(31), unlike(40), unlike(value.size() - 1), value + " "}) {
        server.say({"SET", key, text});
        EXPECT_FALSE(one.find().account);
    }
    server.say({"DEL", key});
    server.say({"LPUSH", key, "wrong", "type"});
    EXPECT_FALSE(one.find().account);
    server.say({"SET", "watchword:1:profile:8", value}); // of somebody else
    EXPECT_FALSE(one.redis.run(one.shared->find(8, Deadline::after(5s))).account);
    server.say({"SET", key, value});
    EXPECT_TRUE(one.find().account);
    Instance stranger(server, "another key that is long enough to be one");
    EXPECT_FALSE(stranger.find().account);
}

/// Two instances that have read the same account, which has changed since without a word.
class ProfilesOfTwoInstances : public RedisSharedProfilesTest {
protected:
    tests::MemoryTables tables;
    tests::MemoryAccountStore store{tables};
    const accounts::AccountId anna = tables.add("anna@example.com", "anna@example.com", "hash", false);
    ChangeFeed feed_of_one;
    ChangeFeed feed_of_other;
    Profiles at_one{store, one.shared.get(), feed_of_one, {.entries_max = 100, .lifetime = 1h}};
    Profiles at_other{store, other.shared.get(), feed_of_other, {.entries_max = 100, .lifetime = 1h}};

    void SetUp() override
    {
        RedisSharedProfilesTest::SetUp();
        EXPECT_FALSE(is_verified(one, at_one));
        tables.users.at(anna).account.email_verified = true;
        EXPECT_FALSE(is_verified(other, at_other)); // so it came from Redis
    }

    bool is_verified(Instance& instance, Profiles& profiles) const
    {
        const auto account = instance.redis.run(profiles.read(anna, Deadline::after(5s)), 1);
        instance.settle();
        return account->email_verified;
    }
};

TEST_F(ProfilesOfTwoInstances, AskTheDatabaseAgainOnceOneHasHeardOfAChange)
{
    feed_of_one.changed("account", std::to_string(anna));
    EXPECT_TRUE(is_verified(one, at_one));
}

TEST_F(ProfilesOfTwoInstances, AskOnlyTheDatabaseWhileChangesAreNotHeardAndTrustNothingOlder)
{
    feed_of_other.interrupted();
    EXPECT_TRUE(is_verified(other, at_other));
    feed_of_other.resumed();
    EXPECT_TRUE(is_verified(other, at_other));
}

}
}
