#include "base/unavailable.hpp"
#include "login/login.hpp"
#include "tests/support/manual_clock.hpp"
#include "tests/support/memory_account_store.hpp"
#include "tests/support/memory_known_clients.hpp"
#include "tests/support/memory_security_counters.hpp"
#include "tests/support/memory_session_store.hpp"
#include "tests/support/run_task.hpp"

#include <gtest/gtest.h>

namespace watchword::login {
namespace {

using namespace std::chrono_literals;

/// An account store whose password hashes cannot be replaced.
class ReadOnlyAccountStore final : public accounts::AccountStore {
public:
    explicit ReadOnlyAccountStore(accounts::AccountStore& inner) : inner_(inner) {}

    Task<std::optional<accounts::Account>> find(accounts::AccountId id, Deadline deadline) override
    {
        return inner_.find(id, deadline);
    }
    Task<std::optional<accounts::AccountCredentials>> find_credentials(const accounts::EmailAddress& email,
                                                                       Deadline deadline) override
    {
        return inner_.find_credentials(email, deadline);
    }
    Task<> replace_password_hash(accounts::AccountId, const std::string&, const std::string&, Deadline) override
    {
        throw Unavailable("the database is read-only");
    }

private:
    accounts::AccountStore& inner_;
};

class LoginTest : public testing::Test {
protected:
    LoginTest() { threads.finish(); } // so that its one context ends when it has nothing left to do

    tests::ManualClock clock;
    tests::MemoryTables tables;
    tests::MemoryAccountStore accounts{tables};
    tests::MemorySessionStore session_store{tables};
    tests::MemoryKnownClients known_clients{tables};
    tests::MemorySecurityCounters counters{clock};
    const crypto::Keys keys{SecretText{"0123456789abcdef0123456789abcdef"}};
    LoginAttempts attempts{counters, known_clients, keys, clock, {{.count = 3, .period = 60s}}};
    crypto::HashScheduler hashes{{.policy = {.bcrypt_cost = 5}, .threads = 1, .longest_wait = 10s}};
    const sessions::Tokens tokens{
        sessions::TokenSettings{.secret_key = SecretText{"0123456789abcdef0123456789abcdef"}}};
    ChangeFeed feed;
    sessions::LivingSessions living{session_store, feed, {}};
    sessions::Sessions sessions{session_store, living, tokens, clock, {}};
    IoThreads threads{1};
    Background background{threads};
    Login login{accounts, attempts, hashes, sessions, background};
    const Deadline deadline = Deadline::after(20s);

    std::string hash_of(const std::string& password, int cost = 5)
    {
        crypto::HashScheduler other({.policy = {.bcrypt_cost = cost}, .threads = 1, .longest_wait = 10s});
        return tests::run_task(other.make(SecretText{password}, deadline)).value();
    }

    Result<sessions::TokenPair> attempt(Login& with, const std::string& email, const std::string& password)
    {
        Credentials credentials{{email, email}, SecretText{password}};
        sessions::Client client{"203.0.113.7", "203.0.113.7", ""};
        return tests::run_task(threads.context(0), with.run(std::move(credentials), std::move(client), deadline));
    }
};

TEST_F(LoginTest, OpensASessionForTheRightPassword)
{
    tables.add("jane@example.com", "jane@example.com", hash_of("secret123"), true);
    const auto pair = attempt(login, "jane@example.com", "secret123");
    ASSERT_TRUE(pair);
    EXPECT_EQ(tables.sessions.size(), 1u);
}

TEST_F(LoginTest, ComputesOneHashForAnAddressThatNobodyHas)
{
    EXPECT_EQ(attempt(login, "nobody@example.com", "secret123").error().code, ErrorCode::incorrect_credentials);
    EXPECT_EQ(hashes.computed(), 1u);
}

TEST_F(LoginTest, ComputesOneHashForAStoredHashThatCannotBeRead)
{
    for (const auto* stored : {"!", "", "$2b$12$tooshort"}) {
        tables.users.clear();
        tables.claims_are_ambiguous.clear();
        tables.add("jane@example.com", "jane@example.com", stored, true);
        const auto before = hashes.computed();
        EXPECT_EQ(attempt(login, "jane@example.com", "").error().code, ErrorCode::incorrect_credentials) << stored;
        EXPECT_EQ(hashes.computed(), before + 1) << stored;
    }
}

TEST_F(LoginTest, ReservesTheAttemptBeforeTheHash)
{
    tables.add("jane@example.com", "jane@example.com", hash_of("secret123"), true);
    for (int i = 0; i < 3; ++i) {
        EXPECT_EQ(attempt(login, "jane@example.com", "wrong").error().code, ErrorCode::incorrect_credentials);
    }
    EXPECT_EQ(attempt(login, "jane@example.com", "secret123").error().code, ErrorCode::rate_limited);
    EXPECT_EQ(hashes.computed(), 3u);
}

TEST_F(LoginTest, CountsAnAddressThatNobodyHasInTheSameWay)
{
    for (int i = 0; i < 3; ++i) {
        EXPECT_EQ(attempt(login, "nobody@example.com", "wrong").error().code, ErrorCode::incorrect_credentials);
    }
    EXPECT_EQ(attempt(login, "nobody@example.com", "wrong").error().code, ErrorCode::rate_limited);
}

TEST_F(LoginTest, TellsThatTheAddressIsUnverifiedOnlyAfterTheRightPassword)
{
    tables.add("jane@example.com", "jane@example.com", hash_of("secret123"), false);
    EXPECT_EQ(attempt(login, "jane@example.com", "wrong").error().code, ErrorCode::incorrect_credentials);
    EXPECT_EQ(attempt(login, "jane@example.com", "secret123").error().code, ErrorCode::email_not_verified);
    EXPECT_TRUE(tables.sessions.empty());
}

TEST_F(LoginTest, RenewsAnOutdatedHashAfterTheAnswer)
{
    const auto old = hash_of("secret123", 4);
    const auto id = tables.add("jane@example.com", "jane@example.com", old, true);
    ASSERT_TRUE(attempt(login, "jane@example.com", "secret123"));
    EXPECT_NE(tables.users.at(id).password_hash, old);
    EXPECT_TRUE(attempt(login, "jane@example.com", "secret123"));
}

TEST_F(LoginTest, StillLogsInWhenTheRehashCannotBeStored)
{
    ReadOnlyAccountStore read_only(accounts);
    Login with_read_only(read_only, attempts, hashes, sessions, background);
    tables.add("jane@example.com", "jane@example.com", hash_of("secret123", 4), true);
    EXPECT_TRUE(attempt(with_read_only, "jane@example.com", "secret123"));
}

}
}
