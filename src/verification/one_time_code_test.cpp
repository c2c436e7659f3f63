#include "tests/support/manual_clock.hpp"
#include "verification/one_time_code.hpp"

#include <array>
#include <regex>

#include <gtest/gtest.h>

namespace watchword::verification {
namespace {

class OneTimeCodeTest : public testing::Test {
protected:
    tests::ManualClock clock;
    const crypto::Keys keys{SecretText{"0123456789abcdef0123456789abcdef"}};
    const mail::Sealer sealer{keys};
    const accounts::EmailAddress jane{"Jane@example.com", "jane@example.com"};

    OneTimeCodes codes_of(std::size_t length)
    {
        return {keys, sealer, {.length = length, .project_name = "Watchword"}};
    }

    mail::Message mail_of(const IssuedCode& code)
    {
        const mail::ClaimedEntry claimed{.id = 1,
                                         .recipient = code.mail.recipient,
                                         .sealed = code.mail.sealed,
                                         .attempts = 0,
                                         .created_at = code.mail.created_at,
                                         .leased_until = {}};
        return sealer.open(claimed).value().message;
    }

    std::string digits_of(const IssuedCode& code)
    {
        std::smatch found;
        const auto text = mail_of(code).text;
        return std::regex_search(text, found, std::regex(R"(\b(\d{4,10})\b)")) ? found[1].str() : "";
    }
};

TEST_F(OneTimeCodeTest, MatchesOnlyItsOwnDigitsAndAddress)
{
    const auto codes = codes_of(6);
    const auto code = codes.issue(jane, "Jane@example.com", clock.now());
    const auto digits = digits_of(code);
    ASSERT_EQ(digits.size(), 6u);
    EXPECT_TRUE(codes.matches(jane, digits, code.mac));
    EXPECT_TRUE(codes.matches({"JANE@example.com", "jane@example.com"}, digits, code.mac));
    EXPECT_FALSE(codes.matches({"john@example.com", "john@example.com"}, digits, code.mac));
    EXPECT_FALSE(codes.matches(jane, digits.substr(1), code.mac));
    EXPECT_FALSE(codes.matches(jane, digits + "0", code.mac));
    EXPECT_FALSE(codes.matches(jane, " " + digits, code.mac));
    EXPECT_FALSE(codes.matches(jane, "", code.mac));
    EXPECT_FALSE(codes.matches(jane, digits, ""));
}

TEST_F(OneTimeCodeTest, KeepsLeadingZerosAndSpreadsTheFirstDigit)
{
    const auto codes = codes_of(4);
    std::array<int, 10> first_digits{};
    for (int i = 0; i < 2000; ++i) {
        const auto digits = digits_of(codes.issue(jane, "jane@example.com", clock.now()));
        ASSERT_EQ(digits.size(), 4u);
        ++first_digits.at(static_cast<std::size_t>(digits[0] - '0'));
    }
    for (const int count : first_digits) {
        EXPECT_GT(count, 120); // 200 expected; this far below happens once in ten million runs
    }
}

TEST_F(OneTimeCodeTest, WritesAMailThatSaysHowLongTheCodeIsValid)
{
    const auto code = codes_of(6).issue(jane, "Jane@example.com", clock.now());
    EXPECT_EQ(code.expires_at, clock.now() + std::chrono::minutes{10});
    EXPECT_EQ(code.mail.recipient, "Jane@example.com");
    EXPECT_EQ(code.mail.expires_at, code.expires_at);
    const auto mail = mail_of(code);
    EXPECT_NE(mail.text.find("10 minutes"), std::string::npos);
    EXPECT_NE(mail.text.find("Watchword"), std::string::npos);
    EXPECT_EQ(mail.console_line, "Verification code for Jane@example.com: " + digits_of(code));
}

TEST_F(OneTimeCodeTest, WritesThePageOfTheMailWithTheNameAsText)
{
    const OneTimeCodes codes{keys, sealer, {.length = 6, .project_name = "<a href=x>Jane & Co</a>"}};
    const auto code = codes.issue(jane, "Jane@example.com", clock.now());
    const auto html = mail_of(code).html;
    EXPECT_NE(html.find("<b>" + digits_of(code) + "</b>"), std::string::npos);
    EXPECT_NE(html.find("&lt;a href=x&gt;Jane &amp; Co&lt;/a&gt;"), std::string::npos);
    EXPECT_NE(html.find("10 minutes"), std::string::npos);
    EXPECT_EQ(html.find("<a"), std::string::npos);
    EXPECT_EQ(html.find("http"), std::string::npos);
}

TEST_F(OneTimeCodeTest, ShowsTheDigitsNowhereOutsideTheSealedMail)
{
    const auto code = codes_of(10).issue(jane, "jane@example.com", clock.now());
    const auto digits = digits_of(code);
    const std::string sealed(code.mail.sealed.begin(), code.mail.sealed.end());
    EXPECT_EQ(sealed.find(digits), std::string::npos);
    EXPECT_EQ(code.mac.find(digits), std::string::npos);
    EXPECT_EQ(code.mail.replaces.find(digits), std::string::npos);
}

}
}
