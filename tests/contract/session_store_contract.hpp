#pragma once

#include "sessions/session_store.hpp"
#include "tests/support/run_task.hpp"

#include <gtest/gtest.h>

namespace watchword::tests {

/// What every SessionStore must do. A harness has `tables.add(…)` and `store()`.
template <class Harness>
class SessionStoreContract : public testing::Test {
protected:
    Harness harness;
    const Deadline deadline = Deadline::after(std::chrono::seconds{5});
    const Instant now = from_microseconds(1'795'646'422'181'424);
    const sessions::Client client{"203.0.113.7", "203.0.113.7", "curl/7.88"};
    const accounts::AccountId account = harness.tables.add("jane@example.com", "jane@example.com", "hash", true);

    sessions::Session opened(std::string id)
    {
        const sessions::Session session{.id = std::move(id),
                                        .account = account,
                                        .created_at = now,
                                        .last_used_at = now,
                                        .expires_at = now + std::chrono::days{7}};
        run_task(harness.store().open(session, client, deadline));
        return session;
    }

    std::optional<sessions::Session> found(std::string_view id) { return run_task(harness.store().find(id, deadline)); }
};

TYPED_TEST_SUITE_P(SessionStoreContract);

TYPED_TEST_P(SessionStoreContract, FindsWhatWasOpened)
{
    const auto session = this->opened("a1");
    const auto found = this->found("a1");
    ASSERT_TRUE(found);
    EXPECT_EQ(found->account, session.account);
    EXPECT_EQ(found->expires_at, session.expires_at);
    EXPECT_EQ(found->refresh_counter, 0);
    EXPECT_FALSE(found->rotated_at);
    EXPECT_FALSE(found->revoked);
    EXPECT_FALSE(this->found("a2"));
}

TYPED_TEST_P(SessionStoreContract, LeavesAnExistingSessionAsItIs)
{
    this->opened("a1");
    run_task(this->harness.store().revoke("a1", this->now, this->deadline));
    this->opened("a1");
    EXPECT_TRUE(this->found("a1")->revoked);
}

TYPED_TEST_P(SessionStoreContract, RemembersTheLatestUse)
{
    using namespace std::chrono_literals;
    this->opened("a1");
    run_task(this->harness.store().touch("a1", this->now + 2h, this->deadline));
    run_task(this->harness.store().touch("a1", this->now + 1h, this->deadline));
    EXPECT_EQ(this->found("a1")->last_used_at, this->now + 2h);
}

TYPED_TEST_P(SessionStoreContract, MovesTheCounterOnceForEachValue)
{
    using namespace std::chrono_literals;
    this->opened("a1");
    auto& store = this->harness.store();
    const auto later = this->now + 24h * 8;
    const auto first = run_task(store.rotate("a1", 0, this->now + 1h, later, this->deadline));
    const auto second = run_task(store.rotate("a1", 0, this->now + 2h, later + 1h, this->deadline));
    ASSERT_TRUE(first && second);
    EXPECT_EQ(first->refresh_counter, 1);
    EXPECT_EQ(second->refresh_counter, 1);
    EXPECT_EQ(second->rotated_at, this->now + 1h);
    EXPECT_EQ(second->expires_at, later);
    EXPECT_FALSE(run_task(store.rotate("nobody", 0, this->now, later, this->deadline)));
}

TYPED_TEST_P(SessionStoreContract, DoesNotMoveARevokedSession)
{
    this->opened("a1");
    auto& store = this->harness.store();
    run_task(store.revoke("a1", this->now, this->deadline));
    run_task(store.revoke("nobody", this->now, this->deadline));
    const auto moved = run_task(store.rotate("a1", 0, this->now, this->now, this->deadline));
    ASSERT_TRUE(moved);
    EXPECT_TRUE(moved->revoked);
    EXPECT_EQ(moved->refresh_counter, 0);
}

TYPED_TEST_P(SessionStoreContract, KnowsWhetherAnAccountExists)
{
    EXPECT_TRUE(run_task(this->harness.store().account_state(this->account, this->deadline)));
    EXPECT_FALSE(run_task(this->harness.store().account_state(this->account + 1, this->deadline)));
}

TYPED_TEST_P(SessionStoreContract, DeniesASingleToken)
{
    auto& store = this->harness.store();
    EXPECT_FALSE(run_task(store.is_denied("hash", this->deadline)));
    run_task(store.deny("hash", this->now, this->deadline));
    run_task(store.deny("hash", this->now, this->deadline));
    EXPECT_TRUE(run_task(store.is_denied("hash", this->deadline)));
}

TYPED_TEST_P(SessionStoreContract, SweepsWhatHasExpired)
{
    using namespace std::chrono_literals;
    this->opened("a1");
    auto& store = this->harness.store();
    run_task(store.deny("hash", this->now, this->deadline));
    run_task(store.sweep(this->now + 1h, 100, this->deadline));
    EXPECT_TRUE(this->found("a1"));
    EXPECT_FALSE(run_task(store.is_denied("hash", this->deadline)));
    run_task(store.sweep(this->now + 24h * 8, 100, this->deadline));
    EXPECT_FALSE(this->found("a1"));
}

REGISTER_TYPED_TEST_SUITE_P(SessionStoreContract, FindsWhatWasOpened, LeavesAnExistingSessionAsItIs,
                            RemembersTheLatestUse, MovesTheCounterOnceForEachValue, DoesNotMoveARevokedSession,
                            KnowsWhetherAnAccountExists, DeniesASingleToken, SweepsWhatHasExpired);

}
