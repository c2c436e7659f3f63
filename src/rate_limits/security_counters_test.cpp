#include "base/unavailable.hpp"
#include "rate_limits/security_counters_pg.hpp"
#include "rate_limits/security_counters_sqlite.hpp"
#include "runtime/io_threads.hpp"
#include "tests/contract/security_counters_contract.hpp"
#include "tests/support/memory_security_counters.hpp"
#include "tests/support/pg_tables.hpp"
#include "tests/support/temporary_folder.hpp"

#include <atomic>
#include <semaphore>
#include <thread>

namespace watchword::tests {
namespace {

using namespace std::chrono_literals;
using rate_limits::CounterKey;
using rate_limits::make_sqlite_security_counters;
using rate_limits::Rates;
using rate_limits::SecurityCounters;

struct MemoryHarness {
    ManualClock clock;
    MemorySecurityCounters memory{clock};

    SecurityCounters& counters() { return memory; }
    int rows() { return static_cast<int>(memory.size()); }
};

struct SqliteHarness {
    TemporaryFolder folder;
    ManualClock clock;
    sqlite::Database database{(folder.path() / "watchword.db").string(), 1};
    std::unique_ptr<SecurityCounters> sqlite = make_sqlite_security_counters(database, clock);

    SecurityCounters& counters() { return *sqlite; }
    int rows()
    {
        const auto row = database.reader().row("SELECT count(DISTINCT key) FROM security_counters");
        return static_cast<int>(row->integer(0));
    }
};

struct PgHarness {
    PgTables tables;
    ManualClock clock;
    std::unique_ptr<SecurityCounters> pg = rate_limits::make_pg_security_counters(tables.database, clock);

    SecurityCounters& counters() { return *pg; }
    int rows()
    {
        return static_cast<int>(tables.run("SELECT count(DISTINCT key) FROM security_counters")[0].integer(0));
    }
};

INSTANTIATE_TYPED_TEST_SUITE_P(Memory, SecurityCountersContract, MemoryHarness);
INSTANTIATE_TYPED_TEST_SUITE_P(Sqlite, SecurityCountersContract, SqliteHarness);
INSTANTIATE_TYPED_TEST_SUITE_P(Pg, SecurityCountersContract, PgHarness);

const CounterKey jane{std::string(32, 'j')};
const Rates ten{{10, 15min}, {50, 24h}};

Result<> consume(SecurityCounters& counters, const Rates& rates)
{
    return run_task(counters.consume(jane, rates, Deadline::after(5s)));
}

TEST(CounterKey, HasSixteenToThirtyTwoBytes)
{
    EXPECT_NO_THROW(CounterKey(std::string(16, 'a')));
    EXPECT_NO_THROW(CounterKey(std::string(32, 'a')));
    EXPECT_THROW(CounterKey(std::string(15, 'a')), std::invalid_argument);
    EXPECT_THROW(CounterKey(std::string(33, 'a')), std::invalid_argument);
}

TEST(SqliteSecurityCounters, SurviveARestart)
{
    const TemporaryFolder folder;
    const auto path = (folder.path() / "watchword.db").string();
    const ManualClock clock;
    for (int start = 0; start < 5; ++start) {
        sqlite::Database database(path, 1);
        const auto counters = make_sqlite_security_counters(database, clock);
        EXPECT_TRUE(consume(*counters, {{5, 1h}}));
    }
    sqlite::Database database(path, 1);
    EXPECT_FALSE(consume(*make_sqlite_security_counters(database, clock), {{5, 1h}}));
}

TEST(SqliteSecurityCounters, RefuseWithoutWaitingForTheWriter)
{
    SqliteHarness harness;
    while (consume(harness.counters(), ten)) {
    }
    std::binary_semaphore writing{0};
    std::binary_semaphore refused{0};
    bool refused_meanwhile = false;
    {
        const std::jthread writer([&] {
            auto hold = [&](sqlite::Connection&) {
                writing.release();
                refused_meanwhile = refused.try_acquire_for(2s);
            };
            run_task(harness.database.write(std::move(hold), Deadline::after(5s)));
        });
        writing.acquire();
        EXPECT_FALSE(consume(harness.counters(), ten));
        refused.release();
    }
    EXPECT_TRUE(refused_meanwhile);
}

TEST(SqliteSecurityCounters, LetNothingPassThatCouldNotBeWritten)
{
    const TemporaryFolder folder;
    const ManualClock clock;
    sqlite::Database database((folder.path() / "watchword.db").string(), 1, {.waiting = 0});
    EXPECT_THROW(consume(*make_sqlite_security_counters(database, clock), ten), Unavailable);
}

TEST(SqliteSecurityCounters, SweepMoreRowsThanOneWriteTakes)
{
    SqliteHarness harness;
    auto fill = [](sqlite::Connection& connection) {
        for (int i = 0; i < 2'500; ++i) {
            const auto key = "0123456789abcdef" + std::to_string(i);
            connection.execute("INSERT INTO security_counters (key, rate, tat) VALUES (?1, ?2, 7)",
                               sqlite::as_blob(key), i % 3);
        }
    };
    run_task(harness.database.write(fill, Deadline::after(5s)));
    EXPECT_TRUE(consume(harness.counters(), ten));
    run_task(harness.counters().sweep(Deadline::after(5s)));
    EXPECT_EQ(harness.rows(), 1);
}

Task<> count_if_allowed(SecurityCounters& counters, std::atomic<int>& allowed)
{
    const auto outcome = co_await counters.consume(jane, ten, Deadline::after(20s));
    allowed += outcome ? 1 : 0;
}

TEST(SqliteSecurityCounters, LetExactlyTheCountPassOfManyThreads)
{
    constexpr std::size_t threads = 4;
    const TemporaryFolder folder;
    const ManualClock clock;
    sqlite::Database database((folder.path() / "watchword.db").string(), threads);
    const auto counters = make_sqlite_security_counters(database, clock);
    std::atomic<int> allowed = 0;
    std::atomic<int> failed = 0;
    IoThreads io_threads(threads);
    for (std::size_t i = 0; i < 64; ++i) {
        asio::co_spawn(io_threads.context(i % threads), count_if_allowed(*counters, allowed),
                       [&](std::exception_ptr thrown) { failed += thrown ? 1 : 0; });
    }
    io_threads.start();
    io_threads.join();
    EXPECT_EQ(allowed, 10);
    EXPECT_EQ(failed, 0);
}

TEST(PgSecurityCounters, LetExactlyTheCountPassOfManyThreads)
{
    PgHarness harness;
    std::atomic<int> allowed = 0;
    {
        std::vector<std::jthread> threads;
        for (int i = 0; i < 16; ++i) {
            threads.emplace_back([&] {
                for (int attempt = 0; attempt < 4; ++attempt) {
                    run_task(count_if_allowed(harness.counters(), allowed));
                }
            });
        }
    }
    EXPECT_EQ(allowed, 10);
}

}
}
