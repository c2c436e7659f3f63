#pragma once

#include "tests/support/run_task.hpp"
#include "verification/verification_store.hpp"

#include <gtest/gtest.h>

namespace watchword::tests {

/// What every VerificationStore must do. A harness has `tables.add(…)`, `store()` and `mails()`, the number of mails
/// that wait.
template <class Harness>
class VerificationStoreContract : public testing::Test {
protected:
    Harness harness;
    const Deadline deadline = Deadline::after(std::chrono::seconds{5});
    const Instant now = from_microseconds(1'795'646'422'181'424);
    const accounts::EmailAddress email{"Jane@example.com", "jane@example.com"};
    const accounts::AccountId account = harness.tables.add(email.text, email.canonical, "hash", false);

    verification::IssuedCode code(std::string mac, int attempts = 5) const
    {
        return {.mac = std::move(mac),
                .attempts = attempts,
                .sent_at = now,
                .expires_at = now + std::chrono::minutes{10},
                .mail = {.recipient = email.text,
                         .sealed = {1, 2, 3},
                         .replaces = "verify:jane@example.com",
                         .created_at = now,
                         .expires_at = now + std::chrono::minutes{10}}};
    }

    std::optional<Instant> replace(const verification::IssuedCode& code, Instant not_after)
    {
        return run_task(harness.store().replace_code(account, code, not_after, deadline));
    }

    std::optional<std::string> attempt(Instant at)
    {
        const auto kept = run_task(harness.store().consume_attempt(account, at, 5, deadline));
        return kept ? std::optional(kept->mac) : std::nullopt;
    }
};

TYPED_TEST_SUITE_P(VerificationStoreContract);

TYPED_TEST_P(VerificationStoreContract, FindsTheStoredSpellingOfAnAddress)
{
    const accounts::EmailAddress spelled{"JANE@example.com", "jane@example.com"};
    const auto candidate = run_task(this->harness.store().find(spelled, this->deadline));
    ASSERT_TRUE(candidate);
    EXPECT_EQ(candidate->account, this->account);
    EXPECT_EQ(candidate->email, "Jane@example.com");
    EXPECT_FALSE(candidate->verified);
    const accounts::EmailAddress other{"john@example.com", "john@example.com"};
    EXPECT_FALSE(run_task(this->harness.store().find(other, this->deadline)));
}

TYPED_TEST_P(VerificationStoreContract, KeepsTheIntervalBetweenCodes)
{
    using namespace std::chrono_literals;
    EXPECT_FALSE(this->replace(this->code("first"), this->now - 60s));
    EXPECT_EQ(this->replace(this->code("second"), this->now - 60s), this->now);
    EXPECT_EQ(this->attempt(this->now), "first");
    EXPECT_EQ(this->harness.mails(), 1);
}

TYPED_TEST_P(VerificationStoreContract, ReplacesACodeAndItsAttempts)
{
    EXPECT_FALSE(this->replace(this->code("first", 1), this->now));
    EXPECT_EQ(this->attempt(this->now), "first");
    EXPECT_FALSE(this->attempt(this->now));
    EXPECT_FALSE(this->replace(this->code("second", 1), this->now));
    EXPECT_EQ(this->attempt(this->now), "second");
}

TYPED_TEST_P(VerificationStoreContract, GivesNoMoreAttemptsThanTheCodeHas)
{
    EXPECT_FALSE(this->attempt(this->now));
    this->replace(this->code("mac", 3), this->now);
    for (int i = 0; i < 3; ++i) {
        EXPECT_EQ(this->attempt(this->now), "mac");
    }
    EXPECT_FALSE(this->attempt(this->now));
}

TYPED_TEST_P(VerificationStoreContract, GivesNoAttemptAtAnExpiredCode)
{
    using namespace std::chrono_literals;
    this->replace(this->code("mac"), this->now);
    EXPECT_TRUE(this->attempt(this->now + 10min - 1us));
    EXPECT_FALSE(this->attempt(this->now + 10min));
}

TYPED_TEST_P(VerificationStoreContract, ConfirmsOnce)
{
    this->replace(this->code("mac"), this->now);
    auto& store = this->harness.store();
    EXPECT_FALSE(run_task(store.confirm(this->account, {.mac = "another"}, this->deadline)));
    EXPECT_TRUE(run_task(store.confirm(this->account, {.mac = "mac"}, this->deadline)));
    EXPECT_FALSE(run_task(store.confirm(this->account, {.mac = "mac"}, this->deadline)));
    EXPECT_TRUE(run_task(store.find(this->email, this->deadline))->verified);
    EXPECT_FALSE(this->attempt(this->now));
}

REGISTER_TYPED_TEST_SUITE_P(VerificationStoreContract, FindsTheStoredSpellingOfAnAddress, KeepsTheIntervalBetweenCodes,
                            ReplacesACodeAndItsAttempts, GivesNoMoreAttemptsThanTheCodeHas,
                            GivesNoAttemptAtAnExpiredCode, ConfirmsOnce);

}
