#pragma once

#include "accounts/account_store.hpp"
#include "tests/support/run_task.hpp"

#include <gtest/gtest.h>

namespace watchword::tests {

/// What every AccountStore must do. A harness has `tables.add(email, canonical, hash, verified)` and `store()`.
template <class Harness>
class AccountStoreContract : public testing::Test {
protected:
    Harness harness;
    const Deadline deadline = Deadline::after(std::chrono::seconds{5});

    std::optional<accounts::AccountCredentials> credentials(const std::string& text, const std::string& canonical)
    {
        const accounts::EmailAddress email{text, canonical};
        return run_task(harness.store().find_credentials(email, deadline));
    }
};

TYPED_TEST_SUITE_P(AccountStoreContract);

TYPED_TEST_P(AccountStoreContract, FindsAnAccountById)
{
    const auto id = this->harness.tables.add("jane@example.com", "jane@example.com", "hash", true);
    const auto account = run_task(this->harness.store().find(id, this->deadline));
    ASSERT_TRUE(account);
    EXPECT_EQ(account->id, id);
    EXPECT_EQ(account->email, "jane@example.com");
    EXPECT_EQ(account->full_name, "Jane Doe");
    EXPECT_TRUE(account->email_verified);
    EXPECT_EQ(to_rfc3339(account->created_at), "2026-11-25T22:40:22.181424Z");
    EXPECT_FALSE(run_task(this->harness.store().find(id + 1, this->deadline)));
}

TYPED_TEST_P(AccountStoreContract, FindsAnAccountByAnotherSpellingOfItsAddress)
{
    const auto id = this->harness.tables.add("Jane@example.com", "jane@example.com", "hash", false);
    const auto found = this->credentials("JANE@example.com", "jane@example.com");
    ASSERT_TRUE(found);
    EXPECT_EQ(found->id, id);
    EXPECT_EQ(found->password_hash, "hash");
    EXPECT_FALSE(found->email_verified);
}

TYPED_TEST_P(AccountStoreContract, EntersTwinsByTheirExactSpellingOnly)
{
    const auto first = this->harness.tables.add("Mixed.Case@example.com", "mixed.case@example.com", "first", true);
    const auto second = this->harness.tables.add("mixed.case@example.com", "mixed.case@example.com", "second", true);
    EXPECT_EQ(this->credentials("Mixed.Case@example.com", "mixed.case@example.com")->id, first);
    EXPECT_EQ(this->credentials("mixed.case@example.com", "mixed.case@example.com")->id, second);
    EXPECT_FALSE(this->credentials("MIXED.case@example.com", "mixed.case@example.com"));
}

TYPED_TEST_P(AccountStoreContract, ReplacesOnlyTheHashThatItWasGiven)
{
    const auto id = this->harness.tables.add("jane@example.com", "jane@example.com", "old", true);
    run_task(this->harness.store().replace_password_hash(id, "another", "wrong", this->deadline));
    EXPECT_EQ(this->credentials("jane@example.com", "jane@example.com")->password_hash, "old");
    run_task(this->harness.store().replace_password_hash(id, "old", "new", this->deadline));
    EXPECT_EQ(this->credentials("jane@example.com", "jane@example.com")->password_hash, "new");
}

REGISTER_TYPED_TEST_SUITE_P(AccountStoreContract, FindsAnAccountById, FindsAnAccountByAnotherSpellingOfItsAddress,
                            EntersTwinsByTheirExactSpellingOnly, ReplacesOnlyTheHashThatItWasGiven);

}
