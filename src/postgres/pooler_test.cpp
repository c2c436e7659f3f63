#include "postgres/failure.hpp"
#include "postgres/listener.hpp"
#include "postgres/schema.hpp"
#include "tests/support/pgbouncer.hpp"
#include "tests/support/postgres_database.hpp"

#include <atomic>
#include <thread>

#include <boost/asio/co_spawn.hpp>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace watchword::postgres {
namespace {

using namespace std::chrono_literals;
using Steady = std::chrono::steady_clock;
using tests::PgBouncer;
using tests::PostgresDatabase;
using tests::PostgresServer;

/// As DATABASE_PREPARED_STATEMENTS=off makes it.
ConnectionOptions unprepared(const std::string& url)
{
    auto options = PostgresDatabase::options(url);
    options.prepares = false;
    return options;
}

class PoolerTest : public testing::Test {
protected:
    PostgresServer& server = PostgresServer::shared();
    std::string direct = server.new_database();
    PgBouncer pooler{server.port()};
    std::string pooled = pooler.url(direct.substr(direct.rfind('/') + 1));
    PostgresDatabase database{pooled,
                              {.connection = unprepared(pooled), .write_connections = 8, .extra_connections = 0}};

    /// Whether the feed has been told what is counted in `count` within that time.
    static bool soon(const std::atomic<int>& count, std::chrono::milliseconds time)
    {
        for (const auto until = Steady::now() + time; Steady::now() < until; std::this_thread::sleep_for(10ms)) {
            if (count > 0) {
                return true;
            }
        }
        return false;
    }
};

TEST_F(PoolerTest, CarriesReadsAndWritesOfManyExactly)
{
    server.run("CREATE TABLE counter AS SELECT 0 AS value", direct);
    std::atomic<int> left = 400;
    std::atomic<int> right = 0;
    auto one = [](Database& of, int i, std::atomic<int>& done) -> Task<> {
        Flight flight;
        flight.add("UPDATE counter SET value = value + $1::integer", 1).add("SELECT $1::text", std::to_string(i));
        const auto written = co_await of.write(std::move(flight), Deadline::after(20s));
        const auto read = co_await of.read("SELECT $1::integer", Deadline::after(20s), i);
        done += written[1].front().text(0) == std::to_string(i) && read.front().integer(0) == i ? 1 : 0;
    };
    for (int i = 0; i < 400; ++i) {
        asio::co_spawn(database.threads().context(static_cast<std::size_t>(i) % 2), one(database.get(), i, right),
                       [&](std::exception_ptr) { --left; });
    }
    while (left > 0) {
        std::this_thread::sleep_for(1ms);
    }
    EXPECT_EQ(right, 400);
    EXPECT_EQ(server.run("SELECT value FROM counter", direct), "400");
    EXPECT_LE(std::stoi(server.run("SELECT count(*) FROM pg_stat_activity WHERE datname = current_database()", direct)),
              2 + 1); // of the pooler, and the one that asks
}

TEST_F(PoolerTest, LetsAFlightThatFailsLeaveNothingBehind)
{
    server.run("CREATE TABLE t (i integer PRIMARY KEY)", direct);
    Flight flight;
    flight.add("INSERT INTO t VALUES (1)").add("INSERT INTO t VALUES (1)");
    EXPECT_THROW(tests::run_task(database.get().write(flight, Deadline::after(5s))), Failure);
    EXPECT_EQ(database.write("SELECT count(*) FROM t").front().integer(0), 0);
}

TEST_F(PoolerTest, SaysWhichSettingItNeeds)
{
    try {
        connect(PostgresDatabase::options(pooled));
        FAIL();
    } catch (const std::exception& reason) {
        EXPECT_THAT(reason.what(), testing::HasSubstr("DATABASE_PREPARED_STATEMENTS=off"));
    }
}

TEST_F(PoolerTest, HearsOfChangesOnTheWayRoundIt)
{
    ChangeFeed feed;
    std::atomic<int> resumed = 0;
    std::atomic<int> changed = 0;
    feed.add({"account", [&](std::string_view) { ++changed; }, [] {}, [&] { ++resumed; }});
    Listener listener(database.threads(), database.get(), unprepared(direct), feed);
    listener.start();
    EXPECT_TRUE(soon(resumed, 3s));
    database.write("SELECT pg_notify('watchword_changes', 'account:1')");
    EXPECT_TRUE(soon(changed, 1s));
    tests::run_task(listener.stop());
}

TEST_F(PoolerTest, IsNotTrustedToTellOfChanges)
{
    ChangeFeed feed;
    std::atomic<int> resumed = 0;
    feed.add({"account", [](std::string_view) {}, [] {}, [&] { ++resumed; }});
    Listener listener(database.threads(), database.get(), unprepared(pooled), feed);
    listener.start();
    EXPECT_FALSE(soon(resumed, 2'500ms));
    tests::run_task(listener.stop());
}

}
}
