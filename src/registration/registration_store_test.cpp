#include "registration/registration_store_pg.hpp"
#include "registration/registration_store_sqlite.hpp"
#include "tests/contract/registration_store_contract.hpp"
#include "tests/support/memory_registration_store.hpp"
#include "tests/support/pg_tables.hpp"
#include "tests/support/sqlite_tables.hpp"

#include <atomic>
#include <thread>

namespace watchword::tests {
namespace {

struct MemoryHarness {
    MemoryTables tables;
    MemoryRegistrationStore memory{tables};
    registration::RegistrationStore& store() { return memory; }
    int mails() const { return static_cast<int>(tables.mailed.size()); }
};

struct SqliteHarness {
    SqliteTables tables;
    std::unique_ptr<registration::RegistrationStore> sqlite =
        registration::make_sqlite_registration_store(tables.database);
    registration::RegistrationStore& store() { return *sqlite; }
    int mails() { return static_cast<int>(tables.database.reader().row("SELECT count(*) FROM outbox")->integer(0)); }
};

struct PgHarness {
    PgTables tables;
    std::unique_ptr<registration::RegistrationStore> pg = registration::make_pg_registration_store(tables.database);
    registration::RegistrationStore& store() { return *pg; }
    int mails() { return tables.count("outbox"); }
};

INSTANTIATE_TYPED_TEST_SUITE_P(Memory, RegistrationStoreContract, MemoryHarness);
INSTANTIATE_TYPED_TEST_SUITE_P(Sqlite, RegistrationStoreContract, SqliteHarness);
INSTANTIATE_TYPED_TEST_SUITE_P(Pg, RegistrationStoreContract, PgHarness);

TEST(PgRegistrationStore, MakesOneAccountOfTwoSpellingsAtOnce)
{
    PgHarness harness;
    const Instant now = from_microseconds(1'795'646'422'181'424);
    for (int round = 0; round < 10; ++round) {
        std::atomic<int> made = 0;
        {
            std::vector<std::jthread> people;
            for (int i = 0; i < 8; ++i) {
                people.emplace_back([&, i] {
                    const auto canonical = fmt::format("jane{}@example.com", round);
                    const auto text = i % 2 == 0 ? canonical : "J" + canonical.substr(1);
                    const mail::Entry mail{text, {1}, "verify:" + canonical, now, now};
                    const verification::IssuedCode code{
                        .mac = "mac", .attempts = 5, .sent_at = now, .expires_at = now, .mail = mail};
                    const auto soon = Deadline::after(std::chrono::seconds{20});
                    made += run_task(harness.store().create({{text, canonical}, {}, "hash", now}, code, soon)) ? 1 : 0;
                });
            }
        }
        EXPECT_EQ(made, 1);
    }
    EXPECT_EQ(harness.tables.count("users"), 10);
    EXPECT_EQ(harness.tables.count("email_claims"), 10);
    EXPECT_EQ(harness.mails(), 10);
}

TEST(PgRegistrationStore, GoesOnAfterRowsWereCopiedWithTheirIds)
{
    PgHarness harness;
    const Instant now = from_microseconds(1'795'646'422'181'424);
    const auto deadline = Deadline::after(std::chrono::seconds{5});
    const auto create = [&](const std::string& address) {
        const verification::IssuedCode code{.mac = "mac",
                                            .attempts = 5,
                                            .sent_at = now,
                                            .expires_at = now,
                                            .mail = {address, {1}, "verify:" + address, now, now}};
        return run_task(harness.store().create({{address, address}, {}, "hash", now}, code, deadline));
    };
    const auto first = create("a@example.com");
    for (int i = 1; i <= 3; ++i) {
        harness.tables.run(fmt::format("INSERT INTO users (id, email, hashed_password, is_email_verified, "
                                       "email_otp_attempts) VALUES ({0}, 'copied{0}@example.com', 'hash', true, 0)",
                                       first->id + i));
    }
    EXPECT_EQ(create("b@example.com")->id, first->id + 4);
    EXPECT_EQ(create("c@example.com")->id, first->id + 5);
    EXPECT_EQ(harness.mails(), 3);
}

}
}
