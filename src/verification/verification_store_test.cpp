#include "tests/contract/verification_store_contract.hpp"
#include "tests/support/memory_verification_store.hpp"
#include "tests/support/pg_tables.hpp"
#include "tests/support/sqlite_tables.hpp"
#include "verification/verification_store_pg.hpp"
#include "verification/verification_store_sqlite.hpp"

#include <atomic>
#include <thread>

namespace watchword::tests {
namespace {

struct MemoryHarness {
    MemoryTables tables;
    MemoryVerificationStore memory{tables};
    verification::VerificationStore& store() { return memory; }
    int mails() const { return static_cast<int>(tables.mailed.size()); }
};

struct SqliteHarness {
    SqliteTables tables;
    std::unique_ptr<verification::VerificationStore> sqlite =
        verification::make_sqlite_verification_store(tables.database);
    verification::VerificationStore& store() { return *sqlite; }
    int mails() { return static_cast<int>(tables.database.reader().row("SELECT count(*) FROM outbox")->integer(0)); }
};

struct PgHarness {
    PgTables tables;
    std::unique_ptr<verification::VerificationStore> pg = verification::make_pg_verification_store(tables.database);
    verification::VerificationStore& store() { return *pg; }
    int mails() { return tables.count("outbox"); }
};

INSTANTIATE_TYPED_TEST_SUITE_P(Memory, VerificationStoreContract, MemoryHarness);
INSTANTIATE_TYPED_TEST_SUITE_P(Sqlite, VerificationStoreContract, SqliteHarness);
INSTANTIATE_TYPED_TEST_SUITE_P(Pg, VerificationStoreContract, PgHarness);

/// How many of many at once succeed.
template <class Attempt>
int count_of(int threads, Attempt attempt)
{
    std::atomic<int> succeeded = 0;
    std::vector<std::jthread> all;
    for (int i = 0; i < threads; ++i) {
        all.emplace_back([&] { succeeded += attempt() ? 1 : 0; });
    }
    all.clear();
    return succeeded;
}

TEST(PgVerificationStore, CountsAttemptsAtOnceExactlyAndProvesOnce)
{
    PgHarness harness;
    auto& store = harness.store();
    const Instant now = from_microseconds(1'795'646'422'181'424);
    const auto soon = Deadline::after(std::chrono::seconds{60});
    const auto id = harness.tables.add("jane@example.com", "jane@example.com", "hash", false);
    const verification::IssuedCode code{.mac = "mac",
                                        .attempts = 5,
                                        .sent_at = now,
                                        .expires_at = now + std::chrono::minutes{1},
                                        .mail = {"jane@example.com", {1}, "verify", now, now}};
    EXPECT_FALSE(run_task(store.replace_code(id, code, now, soon)));
    const auto consume = [&] { return run_task(store.consume_attempt(id, now, 5, soon)).has_value(); };
    EXPECT_EQ(count_of(24, consume), 5);

    // A code of the replaced service that was sent later counts instead, with that service's own count.
    harness.tables.run("UPDATE users SET email_otp_hash = 'old', email_otp_expires_at = '2099-01-01', "
                       "email_otp_attempts = 0, email_otp_last_sent_at = '2098-01-01'");
    EXPECT_EQ(run_task(store.consume_attempt(id, now, 5, soon)), (verification::KeptCode{.old_form = "old"}));
    EXPECT_EQ(count_of(24, consume), 4);
    EXPECT_FALSE(run_task(store.confirm(id, {.old_form = "another"}, soon)));
    EXPECT_EQ(count_of(8, [&] { return run_task(store.confirm(id, {.old_form = "old"}, soon)); }), 1);
}

}
}
