#include "sessions/living_sessions.hpp"

#include "sessions/session_store_sqlite.hpp"
#include "tests/support/manual_clock.hpp"
#include "tests/support/run_task.hpp"
#include "tests/support/sqlite_tables.hpp"

#include <gtest/gtest.h>

namespace watchword::sessions {
namespace {

using namespace std::chrono_literals;

class LivingSessionsTest : public testing::Test {
protected:
    tests::ManualClock clock;
    tests::SqliteTables tables;
    std::unique_ptr<SessionStore> store = make_sqlite_session_store(tables.database);
    LivingSessions living{*store, tables.feed, {.entries_max = 100, .lifetime = 1h}};
    const accounts::AccountId jane = tables.add("jane@example.com", "jane@example.com", "hash", true);

    void open(const std::string& id)
    {
        const Session session{.id = id,
                              .account = jane,
                              .created_at = clock.now(),
                              .last_used_at = clock.now(),
                              .expires_at = clock.now() + 24h,
                              .rotated_at = {}};
        tests::run_task(store->open(session, {"203.0.113.7", "203.0.113.7", "curl"}, Deadline::after(5s)));
    }

    std::optional<accounts::AccountId> account_of(const std::string& id)
    {
        return tests::run_task(living.account_of(id, Deadline::after(5s)));
    }
};

TEST_F(LivingSessionsTest, KnowsWhoseASessionIsUntilItEnds)
{
    open("first");
    open("second");
    EXPECT_EQ(account_of("first"), jane);
    EXPECT_EQ(account_of("second"), jane);
    tests::run_task(store->revoke("first", clock.now(), Deadline::after(5s)));
    EXPECT_EQ(account_of("first"), std::nullopt);
    EXPECT_EQ(account_of("second"), jane);
}

TEST_F(LivingSessionsTest, FindsASessionThatBeganAfterItWasAskedFor)
{
    EXPECT_EQ(account_of("first"), std::nullopt);
    open("first");
    EXPECT_EQ(account_of("first"), jane);
}

TEST_F(LivingSessionsTest, EndsTheSessionsOfADeletedAccount)
{
    open("first");
    EXPECT_EQ(account_of("first"), jane);
    auto erase = [](sqlite::Connection& connection) { connection.execute("DELETE FROM users"); };
    tests::run_task(tables.database.write(std::move(erase), Deadline::after(5s)));
    EXPECT_EQ(account_of("first"), std::nullopt);
}

TEST_F(LivingSessionsTest, AsksAgainWhatThisInstanceTriedToEnd)
{
    open("first");
    EXPECT_EQ(account_of("first"), jane);
    living.forget("first");
    EXPECT_EQ(account_of("first"), jane);
}

}
}
