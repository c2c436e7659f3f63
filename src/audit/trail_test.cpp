#include "audit/chain.hpp"
#include "audit/trail_pg.hpp"
#include "audit/trail_sqlite.hpp"
#include "tests/support/pg_tables.hpp"
#include "tests/support/run_task.hpp"
#include "tests/support/temporary_folder.hpp"

#include <thread>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace watchword::audit {
namespace {

using testing::HasSubstr;
using tests::run_task;

Deadline soon()
{
    return Deadline::after(std::chrono::seconds{10});
}

class SqliteEngine {
public:
    Trail& trail() { return *trail_; }

    void append(const Event& event)
    {
        run([event](sqlite::Connection& connection) { audit::append(connection, event); });
    }

    void append_and_fail(const Event& event)
    {
        EXPECT_ANY_THROW(run([event](sqlite::Connection& connection) {
            audit::append(connection, event);
            throw std::runtime_error("the change does not come about");
        }));
    }

    /// As somebody does who owns the file.
    void tamper(const std::string& sql)
    {
        run([sql](sqlite::Connection& connection) {
            connection.script("DROP TRIGGER IF EXISTS audit_rows_are_not_changed;"
                              "DROP TRIGGER IF EXISTS audit_rows_are_not_deleted;" +
                              sql);
        });
    }

private:
    void run(std::function<void(sqlite::Connection&)> work) { run_task(write(std::move(work))); }

    Task<> write(std::function<void(sqlite::Connection&)> work) { co_await database_.write(std::move(work), soon()); }

    tests::TemporaryFolder folder_;
    sqlite::Database database_{(folder_.path() / "watchword.db").string(), 1};
    std::unique_ptr<Trail> trail_ = make_sqlite_trail(database_);
};

class PgEngine {
public:
    Trail& trail() { return *trail_; }

    void append(const Event& event) { run_task(tables_.database.write(appending(event), soon())); }

    void append_and_fail(const Event& event)
    {
        auto flight = appending(event);
        flight.add("SELECT 1 / 0");
        EXPECT_ANY_THROW(run_task(tables_.database.write(std::move(flight), soon())));
    }

    /// As somebody does who owns the table.
    void tamper(const std::string& sql)
    {
        tables_.run("ALTER TABLE audit DISABLE TRIGGER ALL");
        tables_.run(sql);
    }

private:
    static postgres::Flight appending(const Event& event)
    {
        postgres::Flight flight;
        flight.add("SELECT watchword_audit($1::timestamptz, $2::text, $3::integer, $4::text, $5::text, $6::text)",
                   event.at, event.name, event.user_id, event.client_address, event.request_id, event.details);
        return flight;
    }

    tests::PgTables tables_;
    std::unique_ptr<Trail> trail_ = make_pg_trail(tables_.database);
};

template <class Engine>
class AuditTrail : public testing::Test {
protected:
    void append(std::optional<std::int64_t> user_id, std::string name = "mail.given_up")
    {
        engine.append({.at = from_microseconds(1'795'000'000'123'456), .name = std::move(name), .user_id = user_id});
    }

    std::vector<Record> read(std::int64_t after = 0, std::size_t limit = 100, std::optional<std::int64_t> user = {})
    {
        return run_task(engine.trail().read(after, limit, user, soon()));
    }

    /// What is wrong with the first record that does not fit, behind its place from 0; empty where all of them fit.
    std::string flaw()
    {
        ChainCheck check;
        int place = 0;
        for (const auto& record : read()) {
            if (const auto problem = check.add(record)) {
                return fmt::format("{}: {}", place, *problem);
            }
            ++place;
        }
        return "";
    }

    Engine engine;
};

using Engines = testing::Types<SqliteEngine, PgEngine>;
TYPED_TEST_SUITE(AuditTrail, Engines);

TYPED_TEST(AuditTrail, GivesBackWhatWasAppended)
{
    for (const long long at : {0LL, 1LL, 1'795'000'000'123'457LL, 4'102'444'800'999'999LL}) {
        this->engine.append({.at = from_microseconds(at),
                             .name = "mail.given_up",
                             .user_id = 42,
                             .client_address = "2001:db8::1",
                             .request_id = "r-1",
                             .details = R"({"name":"Zoë, 12:O'Neil"})"});
    }
    this->append(std::nullopt);
    const auto records = this->read();
    ASSERT_EQ(records.size(), 5u);
    EXPECT_EQ(records[2].event.at, from_microseconds(1'795'000'000'123'457));
    EXPECT_EQ(records[2].event.name, "mail.given_up");
    EXPECT_EQ(records[2].event.user_id, 42);
    EXPECT_EQ(records[2].event.client_address, "2001:db8::1");
    EXPECT_EQ(records[2].event.request_id, "r-1");
    EXPECT_EQ(records[2].event.details, R"({"name":"Zoë, 12:O'Neil"})");
    EXPECT_EQ(records[4].event.user_id, std::nullopt);
    EXPECT_EQ(this->flaw(), "") << "the engine hashes as hash_of does";
}

TYPED_TEST(AuditTrail, IsReadInPiecesAndByAccount)
{
    for (const std::int64_t user : {1, 2, 1, 3, 1}) {
        this->append(user);
    }
    const auto first = this->read(0, 2);
    ASSERT_EQ(first.size(), 2u);
    EXPECT_EQ(this->read(first.back().id, 100).size(), 3u);
    EXPECT_EQ(this->read(first.back().id, 100, 1).size(), 2u);
    EXPECT_TRUE(this->read(0, 100, 4).empty());
}

TYPED_TEST(AuditTrail, HasNoRecordOfWhatDidNotComeAbout)
{
    this->append(1);
    this->engine.append_and_fail({.at = from_microseconds(1), .name = "mail.given_up"});
    this->append(2);
    EXPECT_EQ(this->read().size(), 2u);
    EXPECT_EQ(this->flaw(), "");
}

TYPED_TEST(AuditTrail, ShowsWhereItWasTamperedWith)
{
    for (const std::int64_t user : {1, 2, 3, 4, 5}) {
        this->append(user);
    }
    this->engine.tamper("UPDATE audit SET user_id = 7 WHERE user_id = 4");
    EXPECT_THAT(this->flaw(), HasSubstr("3: it was changed"));
    this->engine.tamper("UPDATE audit SET user_id = 4 WHERE user_id = 7");
    EXPECT_EQ(this->flaw(), "");
    this->engine.tamper("DELETE FROM audit WHERE user_id = 3");
    EXPECT_THAT(this->flaw(), HasSubstr("2: it does not follow"));
}

TEST(AuditTrailPg, IsOneChainHoweverManyWriteToIt)
{
    PgEngine engine;
    {
        std::vector<std::jthread> writers;
        for (int i = 0; i < 8; ++i) {
            writers.emplace_back([&engine, i] {
                for (int n = 0; n < 10; ++n) {
                    engine.append({.at = from_microseconds(n), .name = "mail.given_up", .user_id = i});
                }
            });
        }
    }
    ChainCheck check;
    const auto records = run_task(engine.trail().read(0, 100, std::nullopt, soon()));
    EXPECT_EQ(records.size(), 80u);
    for (const auto& record : records) {
        EXPECT_EQ(check.add(record), std::nullopt);
    }
}

}
}
