#include "login/known_clients_pg.hpp"
#include "login/known_clients_sqlite.hpp"
#include "tests/contract/known_clients_contract.hpp"
#include "tests/support/memory_known_clients.hpp"
#include "tests/support/pg_tables.hpp"
#include "tests/support/sqlite_tables.hpp"

namespace watchword::tests {
namespace {

struct MemoryHarness {
    MemoryTables tables;
    MemoryKnownClients memory{tables};
    login::KnownClients& store() { return memory; }
};

struct SqliteHarness {
    SqliteTables tables;
    std::unique_ptr<login::KnownClients> sqlite = login::make_sqlite_known_clients(tables.database);
    login::KnownClients& store() { return *sqlite; }
};

struct PgHarness {
    PgTables tables;
    std::unique_ptr<login::KnownClients> pg = login::make_pg_known_clients(tables.database);
    login::KnownClients& store() { return *pg; }
};

INSTANTIATE_TYPED_TEST_SUITE_P(Memory, KnownClientsContract, MemoryHarness);
INSTANTIATE_TYPED_TEST_SUITE_P(Sqlite, KnownClientsContract, SqliteHarness);
INSTANTIATE_TYPED_TEST_SUITE_P(Pg, KnownClientsContract, PgHarness);

}
}
