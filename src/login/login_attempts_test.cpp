#include "login/login_attempts.hpp"
#include "tests/support/manual_clock.hpp"
#include "tests/support/memory_known_clients.hpp"
#include "tests/support/memory_security_counters.hpp"
#include "tests/support/run_task.hpp"

#include <gtest/gtest.h>

namespace watchword::login {
namespace {

using namespace std::chrono_literals;

class LoginAttemptsTest : public testing::Test {
protected:
    tests::ManualClock clock;
    tests::MemoryTables tables;
    tests::MemoryKnownClients known_clients{tables};
    tests::MemorySecurityCounters counters{clock};
    const crypto::Keys keys{SecretText{"0123456789abcdef0123456789abcdef"}};
    LoginAttempts attempts{counters, known_clients, keys, clock, {{.count = 3, .period = 60s}}};
    const Deadline deadline = Deadline::after(5s);
    const accounts::EmailAddress jane{"jane@example.com", "jane@example.com"};
    const sessions::Client home{"203.0.113.7", "203.0.113.7", ""};
    const sessions::Client elsewhere{"198.51.100.9", "198.51.100.9", ""};

    Result<LoginAttempts::Reservation> reserve(const sessions::Client& client)
    {
        return tests::run_task(attempts.reserve(jane, client, deadline));
    }

    void exhaust(const sessions::Client& client)
    {
        while (reserve(client)) {
        }
    }
};

TEST_F(LoginAttemptsTest, CountsFailuresFromEverywhereTogether)
{
    EXPECT_TRUE(reserve(home));
    EXPECT_TRUE(reserve(elsewhere));
    EXPECT_TRUE(reserve(home));
    const auto refused = reserve(elsewhere);
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().code, ErrorCode::rate_limited);
    EXPECT_EQ(refused.error().retry_after, 20s);
    clock.advance(20s);
    EXPECT_TRUE(reserve(home));
}

TEST_F(LoginAttemptsTest, CountsNoAttemptThatSucceeded)
{
    for (int i = 0; i < 10; ++i) {
        const auto attempt = reserve(home);
        ASSERT_TRUE(attempt) << i;
        tests::run_task(attempts.succeed(*attempt, deadline));
    }
}

TEST_F(LoginAttemptsTest, LeavesTheOwnersLaneOpenWhileAStrangerGuesses)
{
    tests::run_task(attempts.succeed(*reserve(home), deadline));
    exhaust(elsewhere);
    EXPECT_TRUE(reserve(home));
    exhaust(home);
    clock.advance(20s);
    EXPECT_TRUE(reserve(elsewhere));
}

TEST_F(LoginAttemptsTest, ForgetsAClientThatHasNotLoggedInFor30Days)
{
    tests::run_task(attempts.succeed(*reserve(home), deadline));
    clock.advance(24h * 30 + 1s);
    exhaust(elsewhere);
    EXPECT_FALSE(reserve(home));
}

TEST_F(LoginAttemptsTest, SharesOneCounterBetweenTheSpellingsOfAnAddress)
{
    exhaust(elsewhere);
    const accounts::EmailAddress spelled{"JANE@example.com", "jane@example.com"};
    EXPECT_FALSE(tests::run_task(attempts.reserve(spelled, elsewhere, deadline)));
    const accounts::EmailAddress other{"john@example.com", "john@example.com"};
    EXPECT_TRUE(tests::run_task(attempts.reserve(other, elsewhere, deadline)));
}

}
}
