#include "audit/trail_pg.hpp"
#include "audit/trail_sqlite.hpp"
#include "mail/outbox_pg.hpp"
#include "mail/outbox_sqlite.hpp"
#include "tests/contract/outbox_contract.hpp"
#include "tests/support/memory_outbox.hpp"
#include "tests/support/pg_tables.hpp"
#include "tests/support/temporary_folder.hpp"

#include <mutex>
#include <set>
#include <thread>

namespace watchword::tests {
namespace {

std::vector<audit::Event> events_of(audit::Trail& trail)
{
    std::vector<audit::Event> events;
    for (const auto& record : run_task(trail.read(0, 100, std::nullopt, Deadline::after(std::chrono::seconds{10})))) {
        events.push_back(record.event);
    }
    return events;
}

class MemoryEngine {
public:
    mail::Outbox& outbox() { return outbox_; }
    void insert(const mail::Entry& entry) { outbox_.insert(entry); }

    std::vector<std::pair<std::string, int>> dead()
    {
        std::vector<std::pair<std::string, int>> found;
        for (const auto& row : outbox_.rows) {
            if (row.dead) {
                found.emplace_back(row.entry.recipient, row.attempts);
            }
        }
        return found;
    }

    std::vector<audit::Event> audited() { return outbox_.audited; }

private:
    MemoryOutbox outbox_;
};

INSTANTIATE_TYPED_TEST_SUITE_P(Memory, OutboxContract, testing::Types<MemoryEngine>);

class SqliteEngine {
public:
    mail::Outbox& outbox() { return outbox_; }

    void insert(const mail::Entry& entry) { run_task(insert_here(entry)); }

    std::vector<std::pair<std::string, int>> dead()
    {
        std::vector<std::pair<std::string, int>> found;
        for (const auto& row : database_.reader().rows("SELECT recipient, attempts FROM outbox WHERE state = 'dead'")) {
            found.emplace_back(row.text(0), static_cast<int>(row.integer(1)));
        }
        return found;
    }

    std::vector<audit::Event> audited() { return events_of(*audit::make_sqlite_trail(database_)); }

private:
    Task<> insert_here(mail::Entry entry)
    {
        auto work = [entry](sqlite::Connection& connection) { mail::insert_into_outbox(connection, entry); };
        co_await database_.write(std::move(work), Deadline::after(std::chrono::seconds{10}));
    }

    TemporaryFolder folder_;
    sqlite::Database database_{(folder_.path() / "watchword.db").string(), 1};
    mail::OutboxSqlite outbox_{database_};
};

INSTANTIATE_TYPED_TEST_SUITE_P(Sqlite, OutboxContract, testing::Types<SqliteEngine>);

class PgEngine {
public:
    mail::Outbox& outbox() { return *outbox_; }

    void insert(const mail::Entry& entry)
    {
        postgres::Flight flight;
        mail::put_mail(flight, entry);
        run_task(tables_.database.write(std::move(flight), Deadline::after(std::chrono::seconds{10})));
    }

    std::vector<std::pair<std::string, int>> dead()
    {
        std::vector<std::pair<std::string, int>> found;
        for (const auto& row : tables_.run("SELECT recipient, attempts FROM outbox WHERE state = 'dead'")) {
            found.emplace_back(row.text(0), static_cast<int>(row.integer(1)));
        }
        return found;
    }

    std::vector<audit::Event> audited() { return events_of(*audit::make_pg_trail(tables_.database)); }
    void run(std::string_view sql) { tables_.run(sql); }

private:
    PgTables tables_;
    std::unique_ptr<mail::Outbox> outbox_ = mail::make_pg_outbox(tables_.database);
};

INSTANTIATE_TYPED_TEST_SUITE_P(Pg, OutboxContract, testing::Types<PgEngine>);

class PgOutbox : public testing::Test {
protected:
    void store(const std::string& recipient)
    {
        engine.insert({.recipient = recipient,
                       .sealed = {1},
                       .replaces = "",
                       .created_at = now,
                       .expires_at = now + std::chrono::hours{1}});
    }

    std::vector<mail::ClaimedEntry> claim(std::size_t limit)
    {
        return run_task(engine.outbox().claim({now, now + std::chrono::minutes{1}}, limit, soon()));
    }

    void bury(const mail::ClaimedEntry& entry)
    {
        run_task(engine.outbox().bury(entry, {now, "RCPT TO: 550 nobody", 550}, soon()));
    }

    static Deadline soon() { return Deadline::after(std::chrono::seconds{20}); }

    PgEngine engine;
    const Instant now = ManualClock().now();
};

TEST_F(PgOutbox, TellsTheTrailOnceHoweverManyGiveAMailUpAtOnce)
{
    store("jane@example.com");
    const auto entry = claim(1).at(0);
    {
        std::vector<std::jthread> workers;
        for (int i = 0; i < 8; ++i) {
            workers.emplace_back([&] { bury(entry); });
        }
    }
    EXPECT_EQ(engine.audited().size(), 1u);
}

TEST_F(PgOutbox, GivesUpAMailWhoseAddressTwoAdoptedRowsHave)
{
    engine.run("DROP INDEX IF EXISTS ix_users_email");
    for (int i = 0; i < 2; ++i) {
        engine.run("INSERT INTO users (email, hashed_password, created_at, is_email_verified, email_otp_attempts) "
                   "VALUES ('jane@example.com', '', now(), true, 0)");
    }
    store("jane@example.com");
    bury(claim(1).at(0));
    ASSERT_EQ(engine.audited().size(), 1u);
    EXPECT_EQ(engine.audited()[0].user_id, std::nullopt) << "nobody can tell whose it was";
}

TEST_F(PgOutbox, GivesEachEntryToOneOfManyWorkers)
{
    for (int i = 0; i < 100; ++i) {
        store(std::to_string(i));
    }
    std::mutex mutex;
    std::multiset<std::string> taken;
    {
        std::vector<std::jthread> workers;
        for (int i = 0; i < 8; ++i) {
            workers.emplace_back([&] {
                for (int round = 0; round < 10; ++round) {
                    for (const auto& entry : claim(5)) {
                        const std::lock_guard lock(mutex);
                        taken.insert(entry.recipient);
                    }
                }
            });
        }
    }
    EXPECT_EQ(taken.size(), 100u);
    EXPECT_EQ(std::set(taken.begin(), taken.end()).size(), 100u);
}

}
}
