#include "tests/support/verification_fixture.hpp"

namespace watchword::verification {
namespace {

using namespace std::chrono_literals;

class VerificationTest : public tests::VerificationFixture {
protected:
    Result<> send(Verification& with, const std::string& email)
    {
        return tests::run_task(with.send(address(email), deadline));
    }

    Result<Verification::Outcome> verify(Verification& with, const std::string& email, const std::string& digits)
    {
        return tests::run_task(with.verify(address(email), digits, deadline));
    }

    accounts::AccountId add(const std::string& email, bool verified)
    {
        return tables.add(email, email, "hash", verified);
    }

    /// The digits behind the code that an account has: there are only a million.
    std::string digits_of(const std::string& email)
    {
        const auto mac = tables.find(email, email)->code->mac;
        for (int i = 0; i < 1'000'000; ++i) {
            std::string digits = std::to_string(1'000'000 + i).substr(1);
            if (codes.matches(address(email), digits, mac)) {
                return digits;
            }
        }
        return "";
    }

    static std::string wrong(const std::string& digits) { return digits == "000000" ? "000001" : "000000"; }
};

TEST_F(VerificationTest, ProvesAnAddressWithItsCodeOnce)
{
    add("jane@example.com", false);
    ASSERT_TRUE(send(verification, "jane@example.com"));
    const auto digits = digits_of("jane@example.com");
    EXPECT_EQ(verify(verification, "jane@example.com", wrong(digits)).error().code, ErrorCode::invalid_or_expired_code);
    EXPECT_EQ(verify(verification, "jane@example.com", digits), Verification::Outcome::verified_now);
    EXPECT_EQ(verify(verification, "jane@example.com", digits), Verification::Outcome::verified_before);
}

TEST_F(VerificationTest, StopsToLookAtACodeAfterFiveGuesses)
{
    add("jane@example.com", false);
    ASSERT_TRUE(send(verification, "jane@example.com"));
    const auto digits = digits_of("jane@example.com");
    for (int i = 0; i < 5; ++i) {
        EXPECT_FALSE(verify(verification, "jane@example.com", wrong(digits)));
    }
    EXPECT_EQ(verify(verification, "jane@example.com", digits).error().code, ErrorCode::invalid_or_expired_code);
}

TEST_F(VerificationTest, KeepsTheLimitOfWrongCodesOverResends)
{
    add("jane@example.com", false);
    int refused = 0;
    for (int round = 0; round < 4; ++round) {
        ASSERT_TRUE(send(verification, "jane@example.com"));
        for (int i = 0; i < 5; ++i) {
            const auto outcome = verify(verification, "jane@example.com", "000000");
            refused += !outcome && outcome.error().code == ErrorCode::rate_limited;
        }
        clock.advance(60s);
    }
    EXPECT_EQ(refused, 10);
    EXPECT_EQ(verify(verification, "jane@example.com", digits_of("jane@example.com")).error().code,
              ErrorCode::rate_limited);
}

TEST_F(VerificationTest, TellsHowLongToWaitForTheNextCode)
{
    add("jane@example.com", false);
    ASSERT_TRUE(send(verification, "jane@example.com"));
    clock.advance(18s);
    EXPECT_EQ(send(verification, "jane@example.com").error(), (Error{ErrorCode::code_recently_sent, 42s}));
    clock.advance(42s);
    EXPECT_TRUE(send(verification, "jane@example.com"));
    EXPECT_EQ(tables.mailed.size(), 2u);
}

TEST_F(VerificationTest, LimitsTheMailsToOneMailbox)
{
    add("jane@example.com", false);
    for (int i = 0; i < 5; ++i) {
        ASSERT_TRUE(send(verification, "jane@example.com"));
        clock.advance(60s);
    }
    EXPECT_EQ(send(verification, "jane@example.com").error().code, ErrorCode::rate_limited);
    add("jane+tag@example.com", false);
    EXPECT_EQ(send(verification, "jane+tag@example.com").error().code, ErrorCode::rate_limited);
    add("john@example.com", false);
    EXPECT_TRUE(send(verification, "john@example.com"));
}

TEST_F(VerificationTest, SendsTheCodeToTheStoredSpelling)
{
    tables.add("Jane@example.com", "jane@example.com", "hash", false);
    ASSERT_TRUE(send(verification, "jane@example.com"));
    EXPECT_EQ(tables.mailed, std::vector<std::string>{"Jane@example.com"});
}

TEST_F(VerificationTest, TellsOfAccountsOnlyWhereThatIsWanted)
{
    add("verified@example.com", true);
    EXPECT_EQ(send(verification, "nobody@example.com").error().code, ErrorCode::user_not_found);
    EXPECT_EQ(send(verification, "verified@example.com").error().code, ErrorCode::email_already_verified);
    EXPECT_EQ(verify(verification, "nobody@example.com", "123456").error().code, ErrorCode::user_not_found);
    EXPECT_EQ(verify(verification, "verified@example.com", "123456"), Verification::Outcome::verified_before);

    EXPECT_TRUE(send(hiding, "nobody@example.com"));
    EXPECT_TRUE(send(hiding, "verified@example.com"));
    EXPECT_EQ(verify(hiding, "nobody@example.com", "123456").error().code, ErrorCode::invalid_or_expired_code);
    EXPECT_EQ(verify(hiding, "verified@example.com", "123456").error().code, ErrorCode::invalid_or_expired_code);
    EXPECT_TRUE(tables.mailed.empty());
}

}
}
