#include "registration/registration.hpp"
#include "tests/support/memory_registration_store.hpp"
#include "tests/support/verification_fixture.hpp"

namespace watchword::registration {
namespace {

using namespace std::chrono_literals;

class RegistrationTest : public tests::VerificationFixture {
protected:
    tests::MemoryRegistrationStore registrations{tables};

    Result<accounts::Account> apply(const std::string& email,
                                    accounts::AccountExistence existence = accounts::AccountExistence::reveal)
    {
        Registration registration(registrations, hashes, codes, verification, idle.delivery(), clock, existence);
        Applicant applicant{address(email), "Jane Doe", SecretText{"secret123"}};
        return tests::run_task(registration.run(std::move(applicant), deadline));
    }
};

TEST_F(RegistrationTest, MakesAnAccountThatIsNotVerified)
{
    const auto account = apply("jane@example.com");
    ASSERT_TRUE(account);
    EXPECT_EQ(account->email, "jane@example.com");
    EXPECT_EQ(account->full_name, "Jane Doe");
    EXPECT_EQ(account->created_at, clock.now());
    EXPECT_FALSE(account->email_verified);
    EXPECT_EQ(tables.mailed.size(), 1u);
    const auto stored = tables.users.at(account->id).password_hash;
    EXPECT_TRUE(stored.starts_with("$bcrypt-sha256$v=2,t=2b,r=4$")) << stored;
}

TEST_F(RegistrationTest, RefusesATakenAddressAfterTheSameWork)
{
    ASSERT_TRUE(apply("jane@example.com"));
    EXPECT_EQ(apply("jane@example.com").error().code, ErrorCode::email_already_registered);
    EXPECT_EQ(hashes.computed(), 2u);
    EXPECT_EQ(tables.users.size(), 1u);
    EXPECT_EQ(tables.mailed.size(), 1u);
}

TEST_F(RegistrationTest, AnswersATakenAddressLikeANewOneWhereExistenceIsHidden)
{
    const auto first = apply("jane@example.com", accounts::AccountExistence::hide);
    const auto second = apply("jane@example.com", accounts::AccountExistence::hide);
    ASSERT_TRUE(first && second);
    EXPECT_GT(second->id, first->id);
    EXPECT_EQ(second->email, first->email);
    EXPECT_FALSE(second->email_verified);
    EXPECT_EQ(tables.users.size(), 1u);
    EXPECT_EQ(tables.mailed.size(), 2u);
    EXPECT_GT(apply("john@example.com", accounts::AccountExistence::hide)->id, second->id);
}

TEST_F(RegistrationTest, LimitsTheMailsThatTagsOfOneMailboxCause)
{
    for (const auto* email :
         {"v+1@example.com", "v+2@example.com", "v+3@example.com", "v+4@example.com", "v+5@example.com"}) {
        ASSERT_TRUE(apply(email));
    }
    const auto refused = apply("v+6@example.com");
    EXPECT_EQ(refused.error().code, ErrorCode::rate_limited);
    EXPECT_EQ(tables.users.size(), 5u);
    EXPECT_EQ(hashes.computed(), 5u);
}

TEST_F(RegistrationTest, LeavesNothingBehindWhenTheHashQueueIsFull)
{
    crypto::HashScheduler busy({.policy = {.bcrypt_cost = 4}, .threads = 1, .longest_wait = 0ms});
    Registration registration(registrations, busy, codes, verification, idle.delivery(), clock,
                              accounts::AccountExistence::reveal);
    Applicant applicant{address("jane@example.com"), std::nullopt, SecretText{"secret123"}};
    const auto refused =
        tests::run_task(registration.run(std::move(applicant), Deadline::after(std::chrono::milliseconds{0})));
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().code, ErrorCode::overloaded);
    EXPECT_TRUE(tables.users.empty());
    EXPECT_TRUE(tables.mailed.empty());
}

}
}
