#include "registration/registration_store_sqlite.hpp"
#include "tests/contract/registration_store_contract.hpp"
#include "tests/support/memory_registration_store.hpp"
#include "tests/support/sqlite_tables.hpp"

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

INSTANTIATE_TYPED_TEST_SUITE_P(Memory, RegistrationStoreContract, MemoryHarness);
INSTANTIATE_TYPED_TEST_SUITE_P(Sqlite, RegistrationStoreContract, SqliteHarness);

}
}
