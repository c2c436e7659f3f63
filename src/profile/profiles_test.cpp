#include "profile/profiles.hpp"

#include "accounts/account_store_sqlite.hpp"
#include "tests/support/memory_account_store.hpp"
#include "tests/support/run_task.hpp"
#include "tests/support/sqlite_tables.hpp"

#include <gtest/gtest.h>

namespace watchword::profile {
namespace {

using namespace std::chrono_literals;

/// Counts the reads, and lets something happen in the middle of one.
class WatchedStore final : public accounts::AccountStore {
public:
    explicit WatchedStore(tests::MemoryTables& tables) : inner_(tables) {}

    Task<std::optional<accounts::Account>> find(accounts::AccountId id, Deadline deadline) override
    {
        ++reads;
        auto account = co_await inner_.find(id, deadline);
        if (meanwhile) {
            std::exchange(meanwhile, {})();
        }
        co_return account;
    }

    Task<std::optional<accounts::AccountCredentials>> find_credentials(const accounts::EmailAddress& email,
                                                                       Deadline deadline) override
    {
        return inner_.find_credentials(email, deadline);
    }

    Task<> replace_password_hash(accounts::AccountId id, const std::string& expected, const std::string& replacement,
                                 Deadline deadline) override
    {
        return inner_.replace_password_hash(id, expected, replacement, deadline);
    }

    int reads = 0;
    std::function<void()> meanwhile;

private:
    tests::MemoryAccountStore inner_;
};

class ProfilesTest : public testing::Test {
protected:
    tests::MemoryTables tables;
    WatchedStore store{tables};
    ChangeFeed feed;
    Profiles profiles{store, nullptr, feed, {.entries_max = 100, .lifetime = 1h}};
    const accounts::AccountId jane = tables.add("jane@example.com", "jane@example.com", "hash", false);

    std::optional<accounts::Account> read(accounts::AccountId id)
    {
        return tests::run_task(profiles.read(id, Deadline::after(5s)));
    }

    void verify_jane()
    {
        tables.users.at(jane).account.email_verified = true;
        feed.changed("account", std::to_string(jane));
    }
};

TEST_F(ProfilesTest, AsksTheStoreOnceUntilTheAccountChanges)
{
    EXPECT_FALSE(read(jane)->email_verified);
    EXPECT_FALSE(read(jane)->email_verified);
    EXPECT_EQ(store.reads, 1);
    verify_jane();
    EXPECT_TRUE(read(jane)->email_verified);
    EXPECT_EQ(store.reads, 2);
}

TEST_F(ProfilesTest, DoesNotKeepWhatASlowReadSawBeforeTheChange)
{
    store.meanwhile = [this] { verify_jane(); };
    EXPECT_FALSE(read(jane)->email_verified); // it began before the change
    EXPECT_TRUE(read(jane)->email_verified);
}

TEST_F(ProfilesTest, RemembersNoAbsence)
{
    EXPECT_FALSE(read(99));
    EXPECT_FALSE(read(99));
    EXPECT_EQ(store.reads, 2);
}

TEST_F(ProfilesTest, IgnoresWhatIsToldOfOthers)
{
    EXPECT_TRUE(read(jane));
    feed.changed("account", "99");
    feed.changed("session", std::to_string(jane));
    EXPECT_TRUE(read(jane));
    EXPECT_EQ(store.reads, 1);
}

TEST(ProfilesOnSqlite, ShowACommittedChangeAtOnce)
{
    tests::SqliteTables tables;
    const auto store = accounts::make_sqlite_account_store(tables.database);
    Profiles profiles(*store, nullptr, tables.feed, {.entries_max = 100, .lifetime = 1h});
    const auto jane = tables.add("jane@example.com", "jane@example.com", "hash", false);
    const auto name = [&] { return tests::run_task(profiles.read(jane, Deadline::after(5s)))->full_name; };
    for (int i = 0; i < 50; ++i) {
        const auto next = "Jane " + std::to_string(i);
        auto rename = [=](sqlite::Connection& connection) {
            connection.execute("UPDATE users SET full_name = ?2 WHERE id = ?1", jane, next);
        };
        tests::run_task(tables.database.write(std::move(rename), Deadline::after(5s)));
        EXPECT_EQ(name(), next);
        EXPECT_EQ(name(), next);
    }
}

}
}
