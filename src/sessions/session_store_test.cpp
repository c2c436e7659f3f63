#include "sessions/session_store_pg.hpp"
#include "sessions/session_store_sqlite.hpp"
#include "tests/contract/session_store_contract.hpp"
#include "tests/support/memory_session_store.hpp"
#include "tests/support/pg_tables.hpp"
#include "tests/support/sqlite_tables.hpp"

namespace watchword::tests {
namespace {

struct MemoryHarness {
    MemoryTables tables;
    MemorySessionStore memory{tables};
    sessions::SessionStore& store() { return memory; }
};

struct SqliteHarness {
    SqliteTables tables;
    std::unique_ptr<sessions::SessionStore> sqlite = sessions::make_sqlite_session_store(tables.database);
    sessions::SessionStore& store() { return *sqlite; }
};

struct PgHarness {
    PgTables tables;
    std::unique_ptr<sessions::SessionStore> pg = sessions::make_pg_session_store(tables.database);
    sessions::SessionStore& store() { return *pg; }
};

INSTANTIATE_TYPED_TEST_SUITE_P(Memory, SessionStoreContract, MemoryHarness);
INSTANTIATE_TYPED_TEST_SUITE_P(Sqlite, SessionStoreContract, SqliteHarness);
INSTANTIATE_TYPED_TEST_SUITE_P(Pg, SessionStoreContract, PgHarness);

}
}
