#include "sessions/tokens.hpp"
#include "tests/support/manual_clock.hpp"

#include <fmt/format.h>
#include <gtest/gtest.h>

namespace watchword::sessions {
namespace {

using namespace std::chrono_literals;

const SecretText secret{"0123456789abcdef0123456789abcdef0123456789"};

class TokensTest : public testing::Test {
protected:
    tests::ManualClock clock;
    TokenSettings settings{.secret_key = secret};
    Tokens tokens{settings};
    const std::int64_t now = std::chrono::floor<std::chrono::seconds>(clock.now().time_since_epoch()).count();

    std::string signed_claims(std::string_view claims) const
    {
        return crypto::sign(crypto::SigningKey(crypto::Algorithm::HS256, secret), claims);
    }

    std::optional<Claims> read(std::string_view claims, TokenKind kind = TokenKind::access) const
    {
        return tokens.read(signed_claims(claims), kind, clock.now());
    }
};

TEST_F(TokensTest, ReadsTheAccessTokenThatItSigns)
{
    const auto claims = tokens.read(tokens.access(42, "sid", clock.now()), TokenKind::access, clock.now());
    ASSERT_TRUE(claims);
    EXPECT_EQ(claims->account, 42);
    EXPECT_EQ(claims->session, "sid");
    EXPECT_EQ(claims->expires_at, Instant(std::chrono::seconds(now + 1800)));
}

TEST_F(TokensTest, MakesTheSameRefreshTokenFromTheSameArguments)
{
    const auto expires_at = clock.now() + 24h * 7;
    const auto token = tokens.refresh(42, "sid", 3, clock.now(), expires_at);
    EXPECT_EQ(token, tokens.refresh(42, "sid", 3, clock.now(), expires_at));
    EXPECT_NE(token, tokens.refresh(42, "sid", 4, clock.now(), expires_at));
    const auto claims = tokens.read(token, TokenKind::refresh, clock.now());
    ASSERT_TRUE(claims);
    EXPECT_EQ(claims->refresh_counter, 3);
}

TEST_F(TokensTest, MakesADifferentAccessTokenEachTime)
{
    EXPECT_NE(tokens.access(42, "sid", clock.now()), tokens.access(42, "sid", clock.now()));
}

TEST_F(TokensTest, TakesNeitherKindForTheOther)
{
    EXPECT_FALSE(tokens.read(tokens.access(1, "sid", clock.now()), TokenKind::refresh, clock.now()));
    EXPECT_FALSE(
        tokens.read(tokens.refresh(1, "sid", 0, clock.now(), clock.now() + 1h), TokenKind::access, clock.now()));
}

TEST_F(TokensTest, ReadsTheTokensOfTheOldServiceUntilTheyAreSwitchedOff)
{
    const auto token = signed_claims(fmt::format(R"({{"sub":"7","type":"access","exp":{}}})", now + 600));
    const auto claims = tokens.read(token, TokenKind::access, clock.now());
    ASSERT_TRUE(claims);
    EXPECT_EQ(claims->account, 7);
    EXPECT_EQ(claims->session, "");

    settings.legacy = TokenSettings::Legacy::refused;
    EXPECT_FALSE(Tokens(settings).read(token, TokenKind::access, clock.now()));
}

TEST_F(TokensTest, EndsATokenExactlyAtItsExpiry)
{
    const auto token = signed_claims(fmt::format(R"({{"sub":"7","type":"access","exp":{}}})", now + 10));
    EXPECT_TRUE(tokens.read(token, TokenKind::access, Instant(std::chrono::seconds(now + 10)) - 1us));
    EXPECT_FALSE(tokens.read(token, TokenKind::access, Instant(std::chrono::seconds(now + 10))));
}

TEST_F(TokensTest, RefusesOddExpiries)
{
    const auto with_exp = [&](std::string_view exp) {
        return fmt::format(R"({{"sub":"7","type":"access","exp":{}}})", exp);
    };
    for (const auto* exp :
         {"\"1900000000\"", "null", "true", "-1", "1e400", "9223372036854775808000", "[]", "{}", "0"}) {
        EXPECT_FALSE(read(with_exp(exp))) << exp;
    }
    EXPECT_FALSE(read(R"({"sub":"7","type":"access"})"));
    EXPECT_TRUE(read(with_exp("1900000000.5")));
    EXPECT_TRUE(read(with_exp("1e12")));
}

TEST_F(TokensTest, HonoursNotBeforeAndDoesNotLookAtIssuedAt)
{
    const auto with = [&](std::string_view more) {
        return fmt::format(R"({{"sub":"7","type":"access","exp":{},{}}})", now + 600, more);
    };
    EXPECT_TRUE(read(with(fmt::format(R"("nbf":{})", now - 1))));
    EXPECT_FALSE(read(with(fmt::format(R"("nbf":{})", now + 3600))));
    EXPECT_FALSE(read(with(R"("nbf":"soon")")));
    EXPECT_TRUE(read(with(fmt::format(R"("iat":{})", now + 3600))));
}

TEST_F(TokensTest, TakesASubjectInOneFormOnly)
{
    const auto with_sub = [&](std::string_view sub) {
        return fmt::format(R"({{"sub":{},"type":"access","exp":{}}})", sub, now + 600);
    };
    EXPECT_TRUE(read(with_sub(R"("7")")));
    for (const auto* sub : {"7", "\"07\"", "\"+7\"", "\"7 \"", "\" 7\"", "\"-7\"", "\"0\"", "\"\"", "\"\xC2\xB2\"",
                            "\"\xEF\xBC\x91\"", "\"jane@example.com\"", "\"18446744073709551616\"", "null", "[7]"}) {
        EXPECT_FALSE(read(with_sub(sub))) << sub;
    }
}

TEST_F(TokensTest, RefusesASessionThatIsNoText)
{
    for (const auto* sid : {"\"\"", "7", "null", "[]"}) {
        EXPECT_FALSE(read(fmt::format(R"({{"sub":"7","type":"access","exp":{},"sid":{}}})", now + 600, sid))) << sid;
    }
}

TEST_F(TokensTest, VerifiesWithThePreviousKeyUntilItsDay)
{
    const auto token = tokens.access(42, "sid", clock.now());
    TokenSettings rotated{.secret_key = SecretText{"another key of more than thirty-two bytes"},
                          .previous_key = secret,
                          .previous_key_until = clock.now() + 1min};
    const Tokens later(rotated);
    EXPECT_TRUE(later.read(token, TokenKind::access, clock.now()));
    EXPECT_FALSE(later.read(token, TokenKind::access, clock.now() + 1min));
    EXPECT_FALSE(tokens.read(later.access(42, "sid", clock.now()), TokenKind::access, clock.now()));
}

}
}
