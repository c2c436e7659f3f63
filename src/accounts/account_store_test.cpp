#include "accounts/account_store_pg.hpp"
#include "accounts/account_store_sqlite.hpp"
#include "tests/contract/account_store_contract.hpp"
#include "tests/support/memory_account_store.hpp"
#include "tests/support/pg_tables.hpp"
#include "tests/support/sqlite_tables.hpp"

namespace watchword::tests {
namespace {

struct MemoryHarness {
    MemoryTables tables;
    MemoryAccountStore memory{tables};
    accounts::AccountStore& store() { return memory; }
};

struct SqliteHarness {
    SqliteTables tables;
    std::unique_ptr<accounts::AccountStore> sqlite = accounts::make_sqlite_account_store(tables.database);
    accounts::AccountStore& store() { return *sqlite; }
};

struct PgHarness {
    PgTables tables;
    std::unique_ptr<accounts::AccountStore> pg = accounts::make_pg_account_store(tables.database);
    accounts::AccountStore& store() { return *pg; }
};

INSTANTIATE_TYPED_TEST_SUITE_P(Memory, AccountStoreContract, MemoryHarness);
INSTANTIATE_TYPED_TEST_SUITE_P(Sqlite, AccountStoreContract, SqliteHarness);
INSTANTIATE_TYPED_TEST_SUITE_P(Pg, AccountStoreContract, PgHarness);

TEST(PgAccountStore, LetsEachTwinInByTheSpellingOfItsRow)
{
    PgHarness harness;
    const auto deadline = Deadline::after(std::chrono::seconds{5});
    const auto find = [&](std::string_view typed) {
        return run_task(harness.store().find_credentials(*accounts::EmailAddress::parse(typed), deadline));
    };
    const std::string canonical = "jane@b\u00FCcher.example";
    const auto unicode = harness.tables.add(canonical, canonical, "hash", true);
    const auto punycode = harness.tables.add("jane@xn--bcher-kva.example", canonical, "hash", true);
    const auto padded = harness.tables.add(" jane@b\u00FCcher.example", canonical, "hash", true);
    EXPECT_EQ(find("jane@b\u00FCcher.example")->id, unicode);
    EXPECT_EQ(find("jane@xn--bcher-kva.example")->id, punycode);
    EXPECT_EQ(find(" jane@b\u00FCcher.example")->id, padded);
    EXPECT_EQ(find("jane@bu\u0308cher.example")->id, unicode); // as the replaced service, which wrote it so
    EXPECT_FALSE(find("Jane@xn--bcher-kva.example"));
}

}
}
