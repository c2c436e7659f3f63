#include "accounts/email_address.hpp"

#include <array>
#include <string>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace watchword::accounts {
namespace {

std::string canonical(std::string_view typed)
{
    const auto address = EmailAddress::parse(typed);
    return address ? address->canonical : "refused: " + address.error();
}

std::string text_or_reason(std::string_view typed)
{
    const auto address = EmailAddress::parse(typed);
    return address ? address->text : address.error();
}

std::string repeated(std::string_view text, std::size_t times)
{
    std::string result;
    for (std::size_t i = 0; i < times; ++i) {
        result += text;
    }
    return result;
}

TEST(EmailAddress, IsOneMailboxInEverySpellingOfItsLetters)
{
    for (const auto* spelling : {"bob.ray@example.com", "Bob.Ray@example.com", "BOB.RAY@EXAMPLE.COM",
                                 " bob.Ray@Example.com", "Bob <bob.ray@example.com>", "bob.ray@example\uFF0Ecom"}) {
        EXPECT_EQ(canonical(spelling), "bob.ray@example.com") << spelling;
    }
}

TEST(EmailAddress, IsOneMailboxInEverySpellingOfItsDomain)
{
    for (const auto* spelling :
         {"jane.b@b\u00FCcher.example", "jane.b@xn--bcher-kva.example", "jane.b@B\u00DCCHER.example",
          "jane.b@\uFF42\u00FCcher.example", "jane.b@b\u00FCcher\u3002example", "jane.b@bu\u0308cher.example"}) {
        EXPECT_EQ(canonical(spelling), "jane.b@b\u00FCcher.example") << spelling;
    }
}

TEST(EmailAddress, IsOneMailboxWhetherAccentsAreComposedOrNot)
{
    EXPECT_EQ(canonical("Jo\u0308rg@example.com"), "j\u00F6rg@example.com");
    EXPECT_EQ(canonical("J\u00D6RG@example.com"), "j\u00F6rg@example.com");
}

TEST(EmailAddress, NeverTakesADottedOrDotlessIForAnI)
{
    EXPECT_EQ(canonical("mike@example.com"), "mike@example.com");
    EXPECT_EQ(canonical("MIKE@example.com"), "mike@example.com");
    EXPECT_EQ(canonical("m\u0131ke@example.com"), "m\u0131ke@example.com");
    EXPECT_EQ(canonical("M\u0130KE@example.com"), "mi\u0307ke@example.com");
    EXPECT_EQ(canonical("mi\u0307ke@example.com"), "mi\u0307ke@example.com");
}

TEST(EmailAddress, HasOneSigma)
{
    EXPECT_EQ(canonical("\u039D\u0399\u039A\u039F\u03A3.\u03A0@example.com"),
              canonical("\u03BD\u03B9\u03BA\u03BF\u03C2.\u03C0@example.com"));
    EXPECT_NE(canonical("a@\u03B2\u03CC\u03BB\u03BF\u03C2.com"), canonical("a@\u03B2\u03CC\u03BB\u03BF\u03C3.com"))
        << "two domains, which may have two owners";
}

TEST(EmailAddress, KeepsTheSpellingOfTheLocalPartInItsText)
{
    EXPECT_EQ(text_or_reason("Jane.Doe@EXAMPLE.com"), "Jane.Doe@example.com");
}

TEST(EmailAddress, HasNoMoreThan64CharactersBeforeTheAtSign)
{
    EXPECT_EQ(text_or_reason(repeated("a", 64) + "@example.com"), repeated("a", 64) + "@example.com");
    EXPECT_EQ(text_or_reason(repeated("a", 65) + "@example.com"),
              "The email address is too long before the @-sign (1 character too many).");
    EXPECT_EQ(text_or_reason(repeated("\u00F6", 66) + "@example.com"),
              "The email address is too long before the @-sign (2 characters too many).");
    EXPECT_EQ(text_or_reason(repeated("\u0958", 40) + "@example.com"),
              "After Unicode normalization: The email address is too long before the @-sign (16 characters too many).");
}

TEST(EmailAddress, HasLabelsOfNoMoreThan63Octets)
{
    EXPECT_EQ(text_or_reason("a@" + repeated("b", 63) + ".com"), "a@" + repeated("b", 63) + ".com");
    EXPECT_EQ(text_or_reason("a@" + repeated("b", 64) + ".com"),
              "After the @-sign, periods cannot be separated by so many characters (1 character too many).");
    EXPECT_EQ(text_or_reason("a@" + repeated("\u00F6", 60) + ".com"),
              "The part after the @-sign is invalid (Label too long).");
}

TEST(EmailAddress, HasNoMoreThan254OctetsInAnyForm)
{
    const auto label = repeated("b", 61) + ".";
    const auto domain = label + label + label;
    EXPECT_EQ(text_or_reason(repeated("a", 64) + "@" + domain + "com"), repeated("a", 64) + "@" + domain + "com")
        << "254 octets";
    EXPECT_EQ(text_or_reason(repeated("a", 64) + "@" + domain + "name"),
              "The email address is too long (1 character too many).");
    EXPECT_EQ(text_or_reason(repeated("\u65E5", 30) + "@" + domain + "com"),
              "The email address is too long (8-26 characters too many).");
    EXPECT_EQ(text_or_reason("a@" + domain + label + "museum"),
              "The email address is too long after the @-sign (1 character too many).");
    EXPECT_EQ(
        text_or_reason(repeated("a", 61) + "@" + domain + "\u00F6.com"),
        "The email address is too long when the part after the @-sign is converted to IDNA ASCII (5 bytes too many).");
    EXPECT_EQ(text_or_reason(repeated("a", 64) + "@" + repeated("\u337F\u337F\u337F.", 6) + "com"),
              "The email address is too long after normalization (36 bytes too many).")
        << "one character of these becomes four";
}

TEST(EmailAddress, IsNotLookedForInMoreThan2048Characters)
{
    const auto blanks = repeated(" ", 2048 - std::string_view("jane@example.com").size());
    EXPECT_EQ(text_or_reason(blanks + "jane@example.com"), "jane@example.com");
    EXPECT_EQ(text_or_reason(blanks + " jane@example.com"), "Length must not exceed 2048 characters");
    EXPECT_EQ(text_or_reason(repeated("\u00F6", 2049)), "Length must not exceed 2048 characters");
}

TEST(EmailAddress, IsUtf8)
{
    for (const auto* bytes : {"\xFF@example.com", "a@\xC3.com", "\xED\xA0\x80@example.com"}) {
        EXPECT_EQ(text_or_reason(bytes), "The email address contains an invalid character.");
    }
}

TEST(EmailAddress, KeepsWhatWasTypedWhereARowMayBeSpelledSo)
{
    for (const std::string spelling : {"Jane@EXAMPLE.com", " jane@example.com ", "jane@xn--bcher-kva.example"}) {
        EXPECT_EQ(EmailAddress::parse(spelling)->typed, spelling);
    }
    EXPECT_EQ(EmailAddress::parse("Jane@b\u00FCcher.example")->typed, std::nullopt);
    EXPECT_EQ(EmailAddress::parse("Jane <jane@example.com>")->typed, std::nullopt);
}

TEST(CanonicalForm, OfAStoredTextIsTheOneOfTheAddressThatItMeans)
{
    EXPECT_EQ(canonical_of("Jane@EXAMPLE.com"), "jane@example.com");
    EXPECT_EQ(canonical_of("  jane@example.com\n"), "jane@example.com");
    EXPECT_EQ(canonical_of("Jane@xn--bcher-kva.example"), "jane@b\u00FCcher.example");
    EXPECT_EQ(canonical_of("Jo\u0308rg@BU\u0308CHER.example"), "j\u00F6rg@b\u00FCcher.example");
    EXPECT_EQ(canonical_of(repeated("A", 70) + "@Example.com"), repeated("a", 70) + "@example.com");
}

TEST(CanonicalForm, OfAStoredTextThatIsNoAddressIsTheBestThatCanBeDone)
{
    EXPECT_EQ(canonical_of(""), "");
    EXPECT_EQ(canonical_of("Admin"), "admin");
    EXPECT_EQ(canonical_of("Root@LOCALHOST"), "root@localhost");
    EXPECT_EQ(canonical_of("Printer@Office.LOCAL"), "printer@office.local");
    EXPECT_EQ(canonical_of("\"Jane Doe\"@Example.com"), "\"jane doe\"@example.com");
    EXPECT_EQ(canonical_of("a@XN--99999999999999.com"), "a@xn--99999999999999.com");
    EXPECT_EQ(canonical_of("a@\u00C4_x"), "a@\u00E4_x");
    EXPECT_EQ(canonical_of("A\xFF@X"), "a\xFF@x");
}

TEST(Mailbox, LeavesTheTagOut)
{
    const auto mailbox_of = [](std::string_view typed) { return mailbox(*EmailAddress::parse(typed)); };
    EXPECT_EQ(mailbox_of("Jane+news@example.com"), "jane@example.com");
    EXPECT_EQ(mailbox_of("jane+a+b@example.com"), "jane@example.com");
    EXPECT_EQ(mailbox_of("jane@example.com"), "jane@example.com");
    EXPECT_EQ(mailbox_of("+news@example.com"), "+news@example.com");
    EXPECT_EQ(mailbox_of("++news@example.com"), "+@example.com");
}

TEST(EnvelopeAddress, HasItsDomainInAscii)
{
    const auto address = ascii_domain_form("Jane@b\u00FCcher.example");
    ASSERT_TRUE(address);
    EXPECT_EQ(address->text, "Jane@xn--bcher-kva.example");
    EXPECT_FALSE(address->needs_smtputf8);
}

TEST(EnvelopeAddress, TellsThatALocalPartNeedsSmtputf8)
{
    const auto address = ascii_domain_form(" j\u00F6rg@b\u00FCcher.example");
    ASSERT_TRUE(address);
    EXPECT_EQ(address->text, "j\u00F6rg@xn--bcher-kva.example");
    EXPECT_TRUE(address->needs_smtputf8);
}

TEST(EnvelopeAddress, IsMadeOfAdoptedAddressesThatWouldNotBeRegisteredNow)
{
    EXPECT_EQ(ascii_domain_form(repeated("a", 70) + "@Example.com")->text, repeated("a", 70) + "@example.com");
    EXPECT_EQ(ascii_domain_form("printer@office.local")->text, "printer@office.local");
}

TEST(EnvelopeAddress, IsNotMadeOfWhatCouldEndTheLineOrNameASecondRecipient)
{
    for (const auto* stored : {"", "jane", "@example.com", "jane@", "jane@example.com\r\nRCPT TO:<v@example.com>",
                               "jane\r\nBcc: v@example.com", "jane@example.com,v@example.com", "jane>@example.com",
                               "jane <jane@example.com>", "\"jane\"@example.com", "jane@[127.0.0.1]", "jane@x_y.com",
                               "jane@example.com>", "\u202Ejane@example.com", "a\xFF@example.com"}) {
        EXPECT_FALSE(ascii_domain_form(stored)) << stored;
    }
}

}
}
