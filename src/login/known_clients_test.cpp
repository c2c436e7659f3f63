#include "login/known_clients_sqlite.hpp"
#include "tests/support/memory_known_clients.hpp"
#include "tests/support/run_task.hpp"
#include "tests/support/sqlite_tables.hpp"

#include <gtest/gtest.h>

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

template <class Harness>
class KnownClientsContract : public testing::Test {
protected:
    Harness harness;
    const Deadline deadline = Deadline::after(std::chrono::seconds{5});
    const Instant now = from_microseconds(1'795'646'422'181'424);

    bool known(const std::string& address, const std::string& client, Instant since)
    {
        return run_task(harness.store().is_known(address, client, since, deadline));
    }
};

using Harnesses = testing::Types<MemoryHarness, SqliteHarness>;
TYPED_TEST_SUITE(KnownClientsContract, Harnesses);

TYPED_TEST(KnownClientsContract, KnowsAPairSinceItsLatestLogin)
{
    using namespace std::chrono_literals;
    auto& store = this->harness.store();
    EXPECT_FALSE(this->known("jane", "home", this->now));
    run_task(store.remember("jane", "home", this->now - 24h, this->deadline));
    EXPECT_FALSE(this->known("jane", "home", this->now));
    run_task(store.remember("jane", "home", this->now, this->deadline));
    EXPECT_TRUE(this->known("jane", "home", this->now));
    EXPECT_FALSE(this->known("jane", "work", this->now));
    EXPECT_FALSE(this->known("john", "home", this->now));
}

TYPED_TEST(KnownClientsContract, ForgetsOldLogins)
{
    using namespace std::chrono_literals;
    auto& store = this->harness.store();
    run_task(store.remember("jane", "home", this->now, this->deadline));
    run_task(store.sweep(this->now, 100, this->deadline));
    EXPECT_TRUE(this->known("jane", "home", this->now));
    run_task(store.sweep(this->now + 1us, 100, this->deadline));
    EXPECT_FALSE(this->known("jane", "home", this->now));
}

}
}
