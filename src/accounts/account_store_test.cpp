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

}
}
