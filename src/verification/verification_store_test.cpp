#include "tests/contract/verification_store_contract.hpp"
#include "tests/support/memory_verification_store.hpp"
#include "tests/support/sqlite_tables.hpp"
#include "verification/verification_store_sqlite.hpp"

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

INSTANTIATE_TYPED_TEST_SUITE_P(Memory, VerificationStoreContract, MemoryHarness);
INSTANTIATE_TYPED_TEST_SUITE_P(Sqlite, VerificationStoreContract, SqliteHarness);

}
}
