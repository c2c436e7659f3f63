#include "mail/quoted_printable.hpp"

#include <sstream>

#include <gtest/gtest.h>

namespace watchword::mail {
namespace {

/// An independent reader of RFC 2045 §6.7.
std::string decoded(std::string_view body)
{
    std::string text;
    for (std::size_t i = 0; i < body.size(); ++i) {
        if (body[i] != '=') {
            text += body[i];
        } else if (body.substr(i, 3) == "=\r\n") {
            i += 2;
        } else {
            text += static_cast<char>(std::stoi(std::string(body.substr(i + 1, 2)), nullptr, 16));
            i += 2;
        }
    }
    return text;
}

void expect_travels_safely(std::string_view body)
{
    std::istringstream lines{std::string(body)};
    for (std::string line; std::getline(lines, line);) {
        ASSERT_TRUE(line.ends_with('\r')) << line;
        line.pop_back();
        EXPECT_LE(line.size(), 76u);
        EXPECT_FALSE(line.starts_with('.')) << line;
        EXPECT_FALSE(line.ends_with(' ')) << line;
        for (const char character : line) {
            EXPECT_TRUE(character == '\t' || (character >= ' ' && character <= '~')) << line;
        }
    }
}

TEST(QuotedPrintable, LeavesPlainTextReadable)
{
    EXPECT_EQ(to_quoted_printable("Your code is 012345.\n\nGood for 10 minutes.\n"),
              "Your code is 012345.\r\n\r\nGood for 10 minutes.\r\n");
}

TEST(QuotedPrintable, EscapesWhatIsNotAsciiAndTheEqualsSign)
{
    EXPECT_EQ(to_quoted_printable("1 = één"), "1 =3D =C3=A9=C3=A9n\r\n");
}

TEST(QuotedPrintable, EndsEveryLineWithCrlfWhateverEndedIt)
{
    EXPECT_EQ(to_quoted_printable("a\nb\rc\r\nd"), "a\r\nb\r\nc\r\nd\r\n");
    EXPECT_EQ(to_quoted_printable(""), "");
}

TEST(QuotedPrintable, KeepsBlanksAtTheEndOfALine)
{
    EXPECT_EQ(to_quoted_printable("a \nb\t"), "a=20\r\nb=09\r\n");
}

TEST(QuotedPrintable, NeverBeginsALineWithADot)
{
    for (const auto* text : {"\n.\n", "\r.\r", "\r\n.\r\n", ".", "..", "a\n.b"}) {
        expect_travels_safely(to_quoted_printable(text));
    }
    // The dots stand where the soft line breaks fall.
    expect_travels_safely(to_quoted_printable(std::string(74, 'a') + std::string(200, '.')));
}

TEST(QuotedPrintable, SaysTheSameAfterDecoding)
{
    std::string text;
    for (int i = 0; i < 3000; ++i) {
        text += static_cast<char>(i * 7919 % 256);
    }
    std::erase(text, '\r');
    std::erase(text, '\n');
    const auto body = to_quoted_printable(text);
    expect_travels_safely(body);
    EXPECT_EQ(decoded(body), text + "\r\n");
}

}
}
