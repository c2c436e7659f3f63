#include "base/unavailable.hpp"
#include "tests/support/postgres_database.hpp"

#include <functional>

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace watchword::postgres {
namespace {

using namespace std::chrono_literals;
using Steady = std::chrono::steady_clock;
using tests::PostgresDatabase;
using tests::PostgresServer;

bool soon(std::chrono::milliseconds time, const std::function<bool()>& condition)
{
    for (const auto until = Steady::now() + time; Steady::now() < until; std::this_thread::sleep_for(10ms)) {
        if (condition()) {
            return true;
        }
    }
    return false;
}

class DatabaseFaultsTest : public testing::Test {
protected:
    PostgresServer server;
    std::string url = server.new_database();
    PostgresDatabase database{url};

    bool writes()
    {
        try {
            database.write("SELECT 1");
            return true;
        } catch (const Unavailable&) {
            return false;
        }
    }

    bool reads()
    {
        try {
            database.read("SELECT 1");
            return true;
        } catch (const Unavailable&) {
            return false;
        }
    }
};

TEST_F(DatabaseFaultsTest, RefusesAtOnceWhileTheServerIsGoneAndRecoversWithinTwoSeconds)
{
    ASSERT_TRUE(writes() && reads());
    server.kill();
    ASSERT_TRUE(soon(3s, [&] { return !writes() && !reads(); }));
    const auto began = Steady::now();
    for (int i = 0; i < 20; ++i) {
        EXPECT_FALSE(writes());
    }
    EXPECT_LT(Steady::now() - began, 500ms);
    server.start();
    EXPECT_TRUE(soon(2s, [&] { return writes() && reads(); }));
}

TEST_F(DatabaseFaultsTest, KeepsDeadlinesWhileTheServerIsFrozen)
{
    ASSERT_TRUE(writes() && reads());
    server.freeze();
    const auto began = Steady::now();
    EXPECT_THROW(tests::run_task(database.get().read("SELECT 1", Deadline::after(300ms))), Unavailable);
    EXPECT_LT(Steady::now() - began, 600ms);
    server.thaw();
    EXPECT_TRUE(soon(2s, [&] { return writes() && reads(); }));
}

TEST_F(DatabaseFaultsTest, LeavesAServerThatTakesNoMoreWrites)
{
    server.run("CREATE TABLE t (i integer)", url);
    const auto insert = [&] {
        try {
            database.write("INSERT INTO t VALUES (1)");
            return true;
        } catch (const Unavailable&) {
            return false;
        }
    };
    ASSERT_TRUE(insert());
    server.run("ALTER SYSTEM SET default_transaction_read_only = on", url);
    server.run("SELECT pg_reload_conf()", url);
    EXPECT_TRUE(soon(2s, [&] { return !insert(); }));
    server.run("ALTER SYSTEM RESET default_transaction_read_only", url);
    server.run("SELECT pg_reload_conf()", url);
    EXPECT_TRUE(soon(2s, insert));
}

TEST_F(DatabaseFaultsTest, SurvivesConnectionsThatAnOperatorEnds)
{
    ASSERT_TRUE(writes() && reads());
    server.run("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'watchword'",
               server.url());
    EXPECT_TRUE(soon(2s, [&] { return writes() && reads(); }));
}

TEST_F(DatabaseFaultsTest, SaysWhyItCannotConnectWithoutThePassword)
{
    const auto wrong = fmt::format("postgresql://watchword:hunter2@127.0.0.1:{}/postgres", server.port());
    try {
        connect(PostgresDatabase::options(wrong));
        FAIL();
    } catch (const Unavailable& reason) {
        EXPECT_THAT(reason.what(), testing::HasSubstr("password authentication failed"));
        EXPECT_THAT(reason.what(), testing::Not(testing::HasSubstr("hunter2")));
    }
}

TEST_F(DatabaseFaultsTest, TakesTheHostOfSeveralThatCanBeWrittenTo)
{
    PostgresServer standby;
    standby.run("ALTER SYSTEM SET default_transaction_read_only = on", standby.url());
    standby.run("SELECT pg_reload_conf()", standby.url());
    const auto both =
        fmt::format("postgresql://watchword:secret@127.0.0.1:{},127.0.0.1:{}/postgres", standby.port(), server.port());
    PostgresDatabase of_both(both);
    EXPECT_EQ(of_both.write("SHOW port").front().text(0), std::to_string(server.port()));
}

}
}
