#include "accounts/account_store_sqlite.hpp"
#include "tests/contract/account_store_contract.hpp"
#include "tests/support/memory_account_store.hpp"
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

INSTANTIATE_TYPED_TEST_SUITE_P(Memory, AccountStoreContract, MemoryHarness);
INSTANTIATE_TYPED_TEST_SUITE_P(Sqlite, AccountStoreContract, SqliteHarness);

}
}
