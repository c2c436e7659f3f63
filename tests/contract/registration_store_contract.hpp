#pragma once

#include "registration/registration_store.hpp"
#include "tests/support/run_task.hpp"

#include <gtest/gtest.h>

namespace watchword::tests {

/// What every RegistrationStore must do. A harness has `store()` and `mails()`, the number of mails that wait.
template <class Harness>
class RegistrationStoreContract : public testing::Test {
protected:
    Harness harness;
    const Deadline deadline = Deadline::after(std::chrono::seconds{5});
    const Instant now = from_microseconds(1'795'646'422'181'424);

    mail::Entry mail(const std::string& recipient) const
    {
        return {.recipient = recipient,
                .sealed = {1, 2, 3},
                .replaces = "verify:" + recipient,
                .created_at = now,
                .expires_at = now + std::chrono::minutes{10}};
    }

    std::optional<accounts::Account> create(const std::string& text, const std::string& canonical)
    {
        const registration::NewAccount account{{text, canonical}, std::nullopt, "hash", now};
        const verification::IssuedCode code{.mac = "mac",
                                            .attempts = 5,
                                            .sent_at = now,
                                            .expires_at = now + std::chrono::minutes{10},
                                            .mail = mail(text)};
        return run_task(harness.store().create(account, code, deadline));
    }
};

TYPED_TEST_SUITE_P(RegistrationStoreContract);

TYPED_TEST_P(RegistrationStoreContract, CreatesTheAccountAndItsMail)
{
    const auto account = this->create("Jane@example.com", "jane@example.com");
    ASSERT_TRUE(account);
    EXPECT_GT(account->id, 0);
    EXPECT_EQ(account->email, "Jane@example.com");
    EXPECT_EQ(account->full_name, std::nullopt);
    EXPECT_EQ(account->created_at, this->now);
    EXPECT_FALSE(account->email_verified);
    EXPECT_EQ(this->harness.mails(), 1);
}

TYPED_TEST_P(RegistrationStoreContract, RefusesEverySpellingOfATakenAddress)
{
    EXPECT_TRUE(this->create("Jane@example.com", "jane@example.com"));
    EXPECT_FALSE(this->create("Jane@example.com", "jane@example.com"));
    EXPECT_FALSE(this->create("jane@example.com", "jane@example.com"));
    EXPECT_EQ(this->harness.mails(), 1);
}

TYPED_TEST_P(RegistrationStoreContract, NeverGivesAnIdTwice)
{
    const auto first = this->create("a@example.com", "a@example.com");
    const auto refused = run_task(this->harness.store().refuse_quietly(this->mail("notice"), this->deadline));
    const auto second = this->create("b@example.com", "b@example.com");
    EXPECT_GT(refused, first->id);
    EXPECT_GT(second->id, refused);
    EXPECT_EQ(this->harness.mails(), 3);
}

REGISTER_TYPED_TEST_SUITE_P(RegistrationStoreContract, CreatesTheAccountAndItsMail, RefusesEverySpellingOfATakenAddress,
                            NeverGivesAnIdTwice);

}
