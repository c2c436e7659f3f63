#include "mail/message.hpp"

#include "base/utf8.hpp"
#include "crypto/base64url.hpp"
#include "mail/header_text.hpp"

#include <algorithm>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace watchword::mail {
namespace {

using testing::AllOf;
using testing::ElementsAre;
using testing::EndsWith;
using testing::HasSubstr;
using testing::Not;
using testing::StartsWith;

Sender sender_called(std::string name)
{
    return {std::move(name), *parse_address("no-reply@example.com")};
}

Letter letter_to(const std::string& address)
{
    Message message{
        .to = address, .subject = "Your code", .text = "Your code is 012345.\n", .html = "", .console_line = ""};
    return {std::move(message), *parse_address(address), "1a2b3c", from_microseconds(1'795'646'422'181'424)};
}

/// The names of the header fields, in their order; a folded line belongs to the field before.
std::vector<std::string> field_names(const std::string& mail)
{
    std::vector<std::string> names;
    const auto header = mail.substr(0, mail.find("\r\n\r\n"));
    for (std::size_t begin = 0; begin < header.size();) {
        const auto end = std::min(header.find("\r\n", begin), header.size());
        if (header[begin] != ' ') {
            names.push_back(header.substr(begin, header.find(':', begin) - begin));
        }
        begin = end + 2;
    }
    return names;
}

bool has_only_crlf(std::string mail)
{
    for (auto at = mail.find("\r\n"); at != std::string::npos; at = mail.find("\r\n")) {
        mail.erase(at, 2);
    }
    return mail.find_first_of(std::string_view("\r\n\0", 3)) == std::string::npos;
}

const auto plain_fields = ElementsAre("From", "To", "Subject", "Date", "Message-ID", "Auto-Submitted", "MIME-Version",
                                      "Content-Type", "Content-Transfer-Encoding");

TEST(Message, HasTheHeaderThatReceiversExpect)
{
    EXPECT_EQ(to_rfc5322(letter_to("jane@example.com"), sender_called("Watchword")),
              "From: Watchword <no-reply@example.com>\r\n"
              "To: jane@example.com\r\n"
              "Subject: Your code\r\n"
              "Date: Wed, 25 Nov 2026 22:40:22 +0000\r\n"
              "Message-ID: <1a2b3c@example.com>\r\n"
              "Auto-Submitted: auto-generated\r\n"
              "MIME-Version: 1.0\r\n"
              "Content-Type: text/plain; charset=utf-8\r\n"
              "Content-Transfer-Encoding: quoted-printable\r\n"
              "\r\n"
              "Your code is 012345.\r\n");
}

TEST(Message, OffersThePlainTextBeforeTheHtml)
{
    auto letter = letter_to("jane@example.com");
    letter.message.html = "<p>Your code is <b>012345</b>.</p>";
    const auto mail = to_rfc5322(letter, sender_called("Watchword"));
    EXPECT_THAT(mail,
                HasSubstr("Content-Type: multipart/alternative;\r\n boundary=\"=_1a2b3c\"\r\n\r\n--=_1a2b3c\r\n"));
    EXPECT_LT(mail.find("text/plain"), mail.find("text/html"));
    EXPECT_THAT(mail, EndsWith("\r\n--=_1a2b3c--\r\n"));
    EXPECT_TRUE(has_only_crlf(mail));
}

TEST(Message, LetsNoTextAddALineToTheHeader)
{
    using namespace std::string_literals;
    for (const auto& evil :
         {"x\r\nBcc: eve@example.com"s, "x\nBcc: eve@example.com"s, "x\r\rBcc: eve@example.com"s, "x\0y"s,
          "x\r\n\r\n<b>body</b>"s, "x\r\n.\r\nMAIL FROM:<eve@example.com>"s, "x\v\f\x1b[31m\x7f"s}) {
        auto letter = letter_to("jane@example.com");
        letter.message.subject = evil;
        const auto mail = to_rfc5322(letter, sender_called(evil));
        EXPECT_THAT(field_names(mail), plain_fields) << evil;
        EXPECT_TRUE(has_only_crlf(mail));
    }
}

TEST(Message, LetsNoTextEndTheMailEarly)
{
    for (const auto* text : {"a\n.\nb", "a\r.\rb", "a\r\n.\r\nb", "a\n.\r\nb", "a\r\n.\nb"}) {
        auto letter = letter_to("jane@example.com");
        letter.message.text = text;
        const auto mail = to_rfc5322(letter, sender_called("Watchword"));
        EXPECT_TRUE(has_only_crlf(mail));
        EXPECT_THAT(mail, EndsWith("\r\n\r\na\r\n=2E\r\nb\r\n"));
    }
}

TEST(Message, HasNoLineLongerThanEncodedWordsMayHave)
{
    for (const std::size_t length : {1u, 17u, 18u, 19u, 22u, 23u, 100u}) {
        std::string name;
        for (std::size_t i = 0; i < length; ++i) {
            name += "ü";
        }
        auto letter = letter_to("jane@example.com");
        letter.id = std::string(32, 'a');
        letter.message.subject = name;
        letter.message.text = name + name + name;
        letter.message.html = "<p>" + name + name + name + "</p>";
        const auto mail = to_rfc5322(letter, sender_called(name));
        for (std::size_t begin = 0; begin < mail.size();) {
            const auto end = mail.find("\r\n", begin);
            EXPECT_LE(end - begin, 76u) << mail.substr(begin, end - begin);
            begin = end + 2;
        }
    }
}

TEST(Message, IsAsciiUnlessTheAddressNeedsMore)
{
    auto letter = letter_to("jane@bücher.example");
    letter.message.subject = "Ihr Prüfcode";
    letter.message.text = "Grüße";
    const auto mail = to_rfc5322(letter, sender_called("Bücher & Söhne"));
    EXPECT_TRUE(std::ranges::all_of(mail, [](char byte) { return static_cast<unsigned char>(byte) < 0x80; }));
    EXPECT_THAT(mail, HasSubstr("\r\nTo: jane@xn--bcher-kva.example\r\n"));
    EXPECT_FALSE(needs_smtputf8(letter, sender_called("Bücher & Söhne")));

    const auto international = letter_to("jürgen@bücher.example");
    EXPECT_TRUE(needs_smtputf8(international, sender_called("Watchword")));
    EXPECT_THAT(to_rfc5322(international, sender_called("Watchword")),
                HasSubstr("\r\nTo: jürgen@xn--bcher-kva.example\r\n"));
}

TEST(HeaderText, StaysReadableWhereItCan)
{
    EXPECT_EQ(header_text("Your code"), "Your code");
    EXPECT_EQ(header_phrase("Watchword"), "Watchword");
    EXPECT_EQ(header_phrase("Smith, Jane \"JJ\" \\"), R"("Smith, Jane \"JJ\" \\")");
    EXPECT_EQ(header_phrase(""), "");
}

TEST(HeaderText, EncodesWhatIsNotAscii)
{
    EXPECT_EQ(header_text("Prüfcode"), "=?UTF-8?B?UHLDvGZjb2Rl?=");
    EXPECT_EQ(header_phrase("Prüfcode"), "=?UTF-8?B?UHLDvGZjb2Rl?=");
}

TEST(HeaderText, EncodesWhatOnlyLooksEncoded)
{
    // Otherwise a mail program would show the decoded text: a name could pretend to be another one.
    EXPECT_THAT(header_text("=?utf-8?q?Eve?="), StartsWith("=?UTF-8?B?"));
    EXPECT_THAT(header_phrase("=?utf-8?q?Eve?="), Not(HasSubstr("?q?")));
}

TEST(HeaderText, FoldsLongTextBetweenCodePoints)
{
    std::string text;
    for (int i = 0; i < 100; ++i) {
        text += i % 2 == 0 ? "€" : "x";
    }
    constexpr std::string_view begin = "=?UTF-8?B?";
    constexpr std::string_view end = "?=";
    std::string decoded;
    for (auto rest = header_text(text); !rest.empty();) {
        auto word = rest.substr(0, rest.find("\r\n "));
        rest.erase(0, word.size() + 3);
        EXPECT_LE(word.size(), 75u);
        ASSERT_THAT(word, AllOf(StartsWith(begin), EndsWith(end)));
        word = word.substr(begin.size(), word.size() - begin.size() - end.size());
        std::erase(word, '=');
        const auto bytes = crypto::base64::decode_unpadded(word).value();
        EXPECT_TRUE(utf8::valid(bytes)) << "a code point is divided between two words";
        decoded += bytes;
    }
    EXPECT_EQ(decoded, text);
}

TEST(HeaderText, ReplacesWhatIsNoUtf8)
{
    EXPECT_EQ(header_text("a\xFFz"), "a?z");
}

}
}
