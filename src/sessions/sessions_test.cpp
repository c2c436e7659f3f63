#include "sessions/sessions.hpp"
#include "tests/support/manual_clock.hpp"
#include "tests/support/memory_session_store.hpp"
#include "tests/support/run_task.hpp"

#include <fmt/format.h>
#include <gtest/gtest.h>

namespace watchword::sessions {
namespace {

using namespace std::chrono_literals;

const SecretText secret{"0123456789abcdef0123456789abcdef0123456789"};

class SessionsTest : public testing::Test {
protected:
    tests::ManualClock clock;
    tests::MemoryTables tables;
    tests::MemorySessionStore store{tables};
    const Tokens tokens{TokenSettings{.secret_key = secret}};
    ChangeFeed feed;
    LivingSessions living{store, feed, {.entries_max = 100, .lifetime = 1h}};
    Sessions sessions{store, living, tokens, clock, {}};
    Sessions rotating{store, living, tokens, clock, {.rotation = SessionSettings::Rotation::on}};
    const Client client{"203.0.113.7", "203.0.113.7", "curl/7.88"};
    const Deadline deadline = Deadline::after(5s);
    const accounts::AccountId jane = tables.add("jane@example.com", "jane@example.com", "hash", true);

    TokenPair open() { return tests::run_task(sessions.open(jane, client, deadline)); }

    Result<TokenPair> refresh(Sessions& with, std::string_view token)
    {
        return tests::run_task(with.refresh(token, client, deadline));
    }

    Result<Sessions::Admission> admit(std::string_view token)
    {
        return tests::run_task(sessions.admit(token, deadline));
    }

    std::string token_of_the_old_service(std::string_view kind, std::chrono::seconds lifetime,
                                         accounts::AccountId account)
    {
        const auto exp = std::chrono::floor<std::chrono::seconds>(clock.now().time_since_epoch() + lifetime).count();
        return crypto::sign(crypto::SigningKey(crypto::Algorithm::HS256, secret),
                            fmt::format(R"({{"sub":"{}","type":"{}","exp":{}}})", account, kind, exp));
    }
};

TEST_F(SessionsTest, TellsLifetimesInRoundSeconds)
{
    const auto pair = open();
    EXPECT_EQ(pair.access_token_expires_in, 1800);
    EXPECT_EQ(pair.refresh_token_expires_in, 604800);
    EXPECT_EQ(pair.expires_at, clock.now() + 30min);
}

TEST_F(SessionsTest, AdmitsTheAccessTokenOfALivingSession)
{
    const auto pair = open();
    const auto admission = admit(pair.access_token);
    ASSERT_TRUE(admission);
    EXPECT_EQ(admission->account, jane);
    EXPECT_EQ(admit(pair.refresh_token).error().code, ErrorCode::invalid_access_token);
}

TEST_F(SessionsTest, EndsOnlyTheSessionThatIsLoggedOut)
{
    const auto first = open();
    const auto second = open();
    tests::run_task(sessions.end(*admit(first.access_token), first.access_token, deadline));
    EXPECT_FALSE(admit(first.access_token));
    EXPECT_EQ(refresh(sessions, first.refresh_token).error().code, ErrorCode::invalid_refresh_token);
    EXPECT_TRUE(admit(second.access_token));
    EXPECT_TRUE(refresh(sessions, second.refresh_token));
}

TEST_F(SessionsTest, RefreshesWithoutRotationAsOftenAsWanted)
{
    const auto pair = open();
    for (int i = 0; i < 3; ++i) {
        clock.advance(1h);
        const auto refreshed = refresh(sessions, pair.refresh_token);
        ASSERT_TRUE(refreshed);
        EXPECT_EQ(refreshed->refresh_token, "");
        EXPECT_TRUE(admit(refreshed->access_token));
    }
    clock.advance(24h * 7);
    EXPECT_FALSE(refresh(sessions, pair.refresh_token));
}

TEST_F(SessionsTest, GivesTheSameSuccessorWithinTheGraceTime)
{
    const auto pair = open();
    clock.advance(1h);
    const auto first = refresh(rotating, pair.refresh_token);
    clock.advance(9s);
    const auto again = refresh(rotating, pair.refresh_token);
    ASSERT_TRUE(first && again);
    EXPECT_NE(first->refresh_token, pair.refresh_token);
    EXPECT_EQ(first->refresh_token, again->refresh_token);
    EXPECT_TRUE(refresh(rotating, first->refresh_token));
}

TEST_F(SessionsTest, TakesAUsedTokenAfterTheGraceTimeForStolen)
{
    const auto pair = open();
    const auto other = open();
    const auto successor = refresh(rotating, pair.refresh_token);
    clock.advance(11s);
    EXPECT_EQ(refresh(rotating, pair.refresh_token).error().code, ErrorCode::invalid_refresh_token);
    EXPECT_FALSE(refresh(rotating, successor->refresh_token));
    EXPECT_FALSE(admit(successor->access_token));
    EXPECT_TRUE(refresh(rotating, other.refresh_token));
}

TEST_F(SessionsTest, TakesAGrandparentForStolenAlsoWithinTheGraceTime)
{
    const auto pair = open();
    const auto second = refresh(rotating, pair.refresh_token);
    const auto third = refresh(rotating, second->refresh_token);
    ASSERT_TRUE(third);
    EXPECT_FALSE(refresh(rotating, pair.refresh_token));
    EXPECT_FALSE(refresh(rotating, third->refresh_token));
}

TEST_F(SessionsTest, EndsARotatingSessionAfterItsLongestTime)
{
    auto token = open().refresh_token;
    for (int day = 6; day < 30; day += 6) {
        clock.advance(24h * 6);
        const auto refreshed = refresh(rotating, token);
        ASSERT_TRUE(refreshed) << day;
        token = refreshed->refresh_token;
    }
    clock.advance(24h * 6 + 1s);
    EXPECT_FALSE(refresh(rotating, token));
}

TEST_F(SessionsTest, AcceptsTheTokensOfTheOldService)
{
    EXPECT_TRUE(admit(token_of_the_old_service("access", 600s, jane)));
    const auto token = token_of_the_old_service("refresh", 600s, jane);
    const auto first = refresh(sessions, token);
    const auto second = refresh(sessions, token);
    ASSERT_TRUE(first && second);
    EXPECT_EQ(admit(first->access_token)->session, admit(second->access_token)->session);
    EXPECT_EQ(tables.sessions.size(), 1u);
}

TEST_F(SessionsTest, EndsARefreshTokenOfTheOldServiceWithTheSessionThatItBecame)
{
    const auto token = token_of_the_old_service("refresh", 600s, jane);
    const auto pair = refresh(sessions, token);
    tests::run_task(sessions.end(*admit(pair->access_token), pair->access_token, deadline));
    EXPECT_FALSE(refresh(sessions, token));
}

TEST_F(SessionsTest, DeniesAnAccessTokenOfTheOldServiceAfterLogout)
{
    const auto token = token_of_the_old_service("access", 600s, jane);
    const auto other = token_of_the_old_service("access", 601s, jane);
    tests::run_task(sessions.end(*admit(token), token, deadline));
    EXPECT_FALSE(admit(token));
    EXPECT_TRUE(admit(other));
}

TEST_F(SessionsTest, KnowsWhenTheAccountOfAnOldTokenIsGone)
{
    EXPECT_EQ(admit(token_of_the_old_service("access", 600s, 99)).error().code, ErrorCode::invalid_access_token);
    EXPECT_EQ(refresh(sessions, token_of_the_old_service("refresh", 600s, 99)).error().code, ErrorCode::user_not_found);
}

TEST_F(SessionsTest, RefusesOldTokensFromBeforeTheAccountsMark)
{
    const auto access = token_of_the_old_service("access", 30min, jane);
    const auto refresh_token = token_of_the_old_service("refresh", 24h * 7, jane);
    tables.users.at(jane).tokens_not_before = clock.now() + 1s;
    EXPECT_FALSE(admit(access));
    EXPECT_EQ(refresh(sessions, refresh_token).error().code, ErrorCode::invalid_refresh_token);
    tables.users.at(jane).tokens_not_before = clock.now() - 2s;
    EXPECT_TRUE(admit(access));
}

TEST_F(SessionsTest, RefusesATokenThatNamesAnothersSession)
{
    const auto john = tables.add("john@example.com", "john@example.com", "hash", true);
    open();
    const auto session = tables.sessions.begin()->first;
    EXPECT_FALSE(admit(tokens.access(john, session, clock.now())));
    EXPECT_FALSE(refresh(sessions, tokens.refresh(john, session, 0, clock.now(), clock.now() + 1h)));
}

TEST_F(SessionsTest, WritesTheUseOfASessionNoMoreThanEveryFiveMinutes)
{
    const auto pair = open();
    const auto opened_at = clock.now();
    clock.advance(4min);
    refresh(sessions, pair.refresh_token).value();
    EXPECT_EQ(tables.sessions.begin()->second.last_used_at, opened_at);
    clock.advance(1min);
    refresh(sessions, pair.refresh_token).value();
    EXPECT_EQ(tables.sessions.begin()->second.last_used_at, clock.now());
}

}
}
