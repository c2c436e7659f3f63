#include "base/unavailable.hpp"
#include "postgres/failure.hpp"
#include "tests/support/postgres_database.hpp"

#include <atomic>

#include <boost/asio/co_spawn.hpp>
#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace watchword::postgres {
namespace {

using namespace std::chrono_literals;
using testing::ElementsAre;
using tests::PostgresDatabase;
using tests::PostgresServer;

class DatabaseTest : public testing::Test {
protected:
    std::string url = PostgresServer::shared().new_database();
    PostgresDatabase database{url};

    std::string ask_server(const std::string& sql) { return PostgresServer::shared().run(sql, url); }

    /// Starts `count` tasks on the I/O threads and returns how each ended.
    struct Ends {
        std::atomic<int> done = 0;
        std::atomic<int> unavailable = 0;
        std::atomic<int> failed = 0;
    };
    template <class Make>
    void run_many(int count, Ends& ends, Make make)
    {
        std::atomic<int> left = count;
        for (int i = 0; i < count; ++i) {
            auto& context = database.threads().context(static_cast<std::size_t>(i) % 2);
            asio::co_spawn(context, make(i), [&](std::exception_ptr thrown) {
                try {
                    if (thrown) {
                        std::rethrow_exception(thrown);
                    }
                    ++ends.done;
                } catch (const Unavailable&) {
                    ++ends.unavailable;
                } catch (const std::exception&) {
                    ++ends.failed;
                }
                --left;
            });
        }
        while (left > 0) {
            std::this_thread::sleep_for(1ms);
        }
    }
};

TEST_F(DatabaseTest, CarriesEachTypeThereAndBack)
{
    const auto when = from_microseconds(1'795'646'422'181'424);
    const auto row = database
                         .read("SELECT $1::smallint, $2::integer, $3::bigint, $4::boolean, $5::text, $6::varchar, "
                               "$7::bytea, $8::timestamptz, $9::text, $10::timestamptz",
                               -7, 1'000'000, std::int64_t{-9'000'000'000}, true, "caf\u00e9", std::string(),
                               as_blob({"\0\xff", 2}), when, std::optional<std::string>(), from_microseconds(-1))
                         .front();
    EXPECT_EQ(row.integer(0), -7);
    EXPECT_EQ(row.integer(1), 1'000'000);
    EXPECT_EQ(row.integer(2), -9'000'000'000);
    EXPECT_TRUE(row.flag(3));
    EXPECT_EQ(row.text(4), "caf\u00e9");
    EXPECT_EQ(row.text(5), "");
    EXPECT_THAT(row.blob(6), ElementsAre(0, 255));
    EXPECT_EQ(row.instant(7), when);
    EXPECT_EQ(row.optional_text(8), std::nullopt);
    EXPECT_EQ(row.instant(9), from_microseconds(-1));
    EXPECT_THROW(row.text(0), std::logic_error);
    EXPECT_THROW(row.text(8), std::logic_error);
    EXPECT_THROW(row.integer(10), std::logic_error);
}

TEST_F(DatabaseTest, MakesOneTransactionOfAFlight)
{
    ask_server("CREATE TABLE t (i integer PRIMARY KEY)");
    Flight flight;
    flight.add("INSERT INTO t VALUES ($1::integer)", 1).add("SELECT count(*) FROM t").add("INSERT INTO t VALUES (2)");
    const auto answers = tests::run_task(database.get().write(flight, Deadline::after(5s)));
    ASSERT_EQ(answers.size(), 3u);
    EXPECT_EQ(answers[1].front().integer(0), 1);
    Flight broken;
    broken.add("INSERT INTO t VALUES (3)").add("INSERT INTO t VALUES (1)").add("INSERT INTO t VALUES (4)");
    EXPECT_THROW(tests::run_task(database.get().write(broken, Deadline::after(5s))), Failure);
    EXPECT_EQ(ask_server("SELECT string_agg(i::text, ',' ORDER BY i) FROM t"), "1,2");
}

TEST_F(DatabaseTest, TellsWhatIsWrongWithoutRepeatingValues)
{
    try {
        database.read("SELECT $1::integer", "hunter2");
        FAIL();
    } catch (const Failure& failure) {
        EXPECT_EQ(failure.sqlstate(), "22P02");
        EXPECT_THAT(failure.what(), testing::Not(testing::HasSubstr("hunter2")));
    }
    EXPECT_THROW(database.read("SELECT nothing"), Failure);
    EXPECT_EQ(database.read("SELECT 1").front().integer(0), 1);
}

TEST_F(DatabaseTest, ServesManyOverFewConnections)
{
    Ends ends;
    run_many(2'000, ends, [&](int i) -> Task<> {
        const auto rows = co_await database.get().read("SELECT $1::integer", Deadline::after(20s), i);
        if (rows.front().integer(0) != i) {
            throw std::logic_error("another's answer");
        }
    });
    EXPECT_EQ(ends.done, 2'000);
    EXPECT_LE(std::stoi(ask_server("SELECT count(*) FROM pg_stat_activity WHERE application_name = 'watchword'")), 7);
}

TEST_F(DatabaseTest, LetsNoFailureTouchANeighbour)
{
    Ends ends;
    run_many(1'000, ends, [&](int i) -> Task<> {
        const auto rows = co_await database.get().read("SELECT 1 / ($1::integer % 3)", Deadline::after(20s), i);
        if (rows.empty()) {
            throw std::logic_error("no answer");
        }
    });
    EXPECT_EQ(ends.failed, 334); // a third divides by zero
    EXPECT_EQ(ends.done, 666);
}

TEST_F(DatabaseTest, LetsNoStatementThatCannotBePreparedTouchANeighbour)
{
    Ends ends;
    run_many(1'000, ends, [&](int i) -> Task<> {
        const auto* const sql = i % 3 == 0 ? "SELECT nothing" : "SELECT 1";
        co_await database.get().read(sql, Deadline::after(20s));
    });
    EXPECT_EQ(ends.failed, 334);
    EXPECT_EQ(ends.done, 666);
}

TEST_F(DatabaseTest, PreparesAnewWhatATableThatChangedHasMadeOld)
{
    ask_server("CREATE TABLE t AS SELECT 'a'::varchar(255) AS name, 0 AS value");
    std::atomic<bool> changed = false;
    Ends ends;
    std::jthread changes([&] {
        for (const auto* type : {"varchar(300)", "text", "varchar(255)", "text"}) {
            std::this_thread::sleep_for(50ms);
            ask_server(fmt::format("ALTER TABLE t ALTER COLUMN name TYPE {}", type));
        }
        changed = true;
    });
    std::atomic<int> writes = 0;
    run_many(40, ends, [&](int) -> Task<> {
        while (!changed) {
            const auto rows = co_await database.get().read("SELECT name FROM t", Deadline::after(5s));
            Flight flight;
            flight.add("UPDATE t SET value = value + 1 RETURNING name, value");
            co_await database.get().write(std::move(flight), Deadline::after(5s));
            ++writes;
        }
    });
    EXPECT_EQ(ends.done, 40);
    EXPECT_EQ(ask_server("SELECT value FROM t"), std::to_string(writes));
}

TEST_F(DatabaseTest, PreparesAnewWhatTheServerHasForgotten)
{
    EXPECT_EQ(database.read("SELECT 7").front().integer(0), 7);
    database.read("DEALLOCATE ALL");
    EXPECT_EQ(database.read("SELECT 7").front().integer(0), 7);
}

TEST_F(DatabaseTest, WritesOfManyAreExact)
{
    ask_server("CREATE TABLE counter AS SELECT 0 AS value");
    Ends ends;
    run_many(500, ends, [&](int) -> Task<> {
        Flight flight;
        flight.add("UPDATE counter SET value = value + 1");
        co_await database.get().write(flight, Deadline::after(20s));
    });
    EXPECT_EQ(ends.done, 500);
    EXPECT_EQ(ask_server("SELECT value FROM counter"), "500");
}

TEST_F(DatabaseTest, KeepsTheDeadlineAndGoesOn)
{
    const auto began = std::chrono::steady_clock::now();
    Flight slow;
    slow.add("SELECT pg_sleep(1)");
    EXPECT_THROW(tests::run_task(database.get().write(slow, Deadline::after(200ms))), Unavailable);
    EXPECT_LT(std::chrono::steady_clock::now() - began, 500ms);
    for (int i = 0; i < 8; ++i) {
        EXPECT_EQ(database.write("SELECT 7").front().integer(0), 7);
    }
}

TEST_F(DatabaseTest, GivesUpWaitingForAFreeConnectionAtTheDeadline)
{
    Ends ends;
    const auto began = std::chrono::steady_clock::now();
    run_many(12, ends, [&](int) -> Task<> { // over four connections
        Flight flight;
        flight.add("SELECT pg_sleep(0.6)");
        co_await database.get().write(flight, Deadline::after(900ms));
    });
    EXPECT_EQ(ends.done, 4);
    EXPECT_EQ(ends.unavailable, 8);
    EXPECT_LT(std::chrono::steady_clock::now() - began, 1'500ms);
}

TEST_F(DatabaseTest, NeedsNoPreparedStatements)
{
    auto options = PostgresDatabase::options(url);
    options.prepares = false;
    PostgresDatabase unprepared(url, {.connection = options, .write_connections = 2, .extra_connections = 0});
    EXPECT_EQ(unprepared.read("SELECT $1::integer", 5).front().integer(0), 5);
    EXPECT_EQ(unprepared.read("SELECT count(*) FROM pg_prepared_statements").front().integer(0), 0);
    database.read("SELECT 1");
    EXPECT_GT(database.read("SELECT count(*) FROM pg_prepared_statements").front().integer(0), 0);
}

TEST_F(DatabaseTest, LimitsStatementsAndLocksOnTheServerToo)
{
    EXPECT_EQ(database.read("SELECT current_setting('statement_timeout')").front().text(0), "2s");
}

TEST_F(DatabaseTest, LeavesTheOptionsOfTheUrlStanding)
{
    PostgresDatabase other(url + "?options=-c%20search_path%3Dauth%20-c%20lock_timeout%3D1s");
    EXPECT_EQ(other.read("SHOW search_path").front().text(0), "auth");
    EXPECT_EQ(other.read("SELECT current_setting('lock_timeout')").front().text(0), "1s");
    EXPECT_EQ(other.read("SELECT current_setting('statement_timeout')").front().text(0), "2s");
}

TEST_F(DatabaseTest, OpensMoreConnectionsWhileThereIsMuchToDo)
{
    PostgresDatabase wide(
        url, {.connection = PostgresDatabase::options(url), .write_connections = 2, .extra_connections = 6});
    std::atomic<int> left = 4;
    const auto began = std::chrono::steady_clock::now();
    for (int i = 0; i < 4; ++i) {
        auto one = [](Database& of) -> Task<> {
            Flight flight;
            flight.add("SELECT pg_sleep(0.5)");
            co_await of.write(std::move(flight), Deadline::after(5s));
        };
        asio::co_spawn(wide.threads().context(0), one(wide.get()), [&](std::exception_ptr) { --left; });
    }
    while (left > 0) {
        std::this_thread::sleep_for(1ms);
    }
    EXPECT_LT(std::chrono::steady_clock::now() - began, 1'200ms);
}

TEST_F(DatabaseTest, TriesAgainWhatLostToOthers)
{
    ask_server("CREATE SEQUENCE tries; CREATE TABLE kept (i integer);"
               "CREATE FUNCTION collide(times integer) RETURNS void LANGUAGE plpgsql AS $$ BEGIN "
               "IF nextval('tries') <= times THEN RAISE EXCEPTION 'lost' USING ERRCODE = '40001'; END IF; END $$");
    const auto collide = [&](int times) {
        Flight flight;
        flight.add("INSERT INTO kept VALUES (1)").add("SELECT collide($1::integer)", times);
        tests::run_task(database.get().write(std::move(flight), Deadline::after(5s)));
    };
    collide(3);
    EXPECT_EQ(ask_server("SELECT count(*) FROM kept"), "1");
    ask_server("ALTER SEQUENCE tries RESTART");
    EXPECT_THROW(collide(4), Collision);
    EXPECT_EQ(ask_server("SELECT last_value FROM tries"), "4");
    EXPECT_EQ(ask_server("SELECT count(*) FROM kept"), "1");
}

TEST_F(DatabaseTest, LetsBothOfADeadlockThrough)
{
    ask_server("CREATE TABLE two (i integer PRIMARY KEY, n integer); INSERT INTO two VALUES (1, 0), (2, 0);"
               "ALTER DATABASE " +
               url.substr(url.rfind('/') + 1) + " SET deadlock_timeout = '50ms'");
    PostgresDatabase impatient(url);
    Ends ends;
    run_many(2, ends, [&](int i) -> Task<> {
        Flight flight;
        flight.add("UPDATE two SET n = n + 1 WHERE i = $1::integer", 1 + i)
            .add("SELECT pg_sleep(0.2)")
            .add("UPDATE two SET n = n + 1 WHERE i = $1::integer", 2 - i);
        co_await impatient.get().write(std::move(flight), Deadline::after(5s));
    });
    EXPECT_EQ(ends.done, 2);
    EXPECT_EQ(ask_server("SELECT string_agg(n::text, ',') FROM two"), "2,2");
}

}
}
