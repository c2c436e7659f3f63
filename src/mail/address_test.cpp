#include "mail/address.hpp"

#include <gtest/gtest.h>

namespace watchword::mail {
namespace {

TEST(Address, KeepsTheLocalPartAndLowersTheDomain)
{
    const auto address = parse_address("Jane.Doe+news@Example.COM");
    ASSERT_TRUE(address);
    EXPECT_EQ(address->text(), "Jane.Doe+news@example.com");
    EXPECT_FALSE(address->needs_smtputf8());
}

TEST(Address, WritesAnInternationalDomainInPunycode)
{
    for (const auto* spelling : {"jane@bücher.example", "jane@BÜCHER.example",
                                 "jane@bu\xCC\x88"
                                 "cher.example",
                                 "jane@xn--bcher-kva.example", "jane@bücher。example"}) {
        const auto address = parse_address(spelling);
        ASSERT_TRUE(address) << spelling;
        EXPECT_EQ(address->text(), "jane@xn--bcher-kva.example") << spelling;
        EXPECT_FALSE(address->needs_smtputf8());
    }
}

TEST(Address, NeedsSmtputf8OnlyForItsLocalPart)
{
    const auto address = parse_address("jürgen@bücher.example");
    ASSERT_TRUE(address);
    EXPECT_EQ(address->text(), "jürgen@xn--bcher-kva.example");
    EXPECT_TRUE(address->needs_smtputf8());
}

TEST(Address, RefusesWhatCouldChangeACommandOrAHeader)
{
    using namespace std::string_view_literals;
    for (const auto text :
         {"jane@example.com\r\nRCPT TO:<eve@example.com"sv, "jane\n@example.com"sv, "jane@exa\rmple.com"sv,
          "jane\0@example.com"sv, "jane@example.com\0"sv, "jane doe@example.com"sv, "jane>@example.com"sv,
          "jane,eve@example.com"sv, "\"jane\"@example.com"sv, "jane@example.com, eve@example.com"sv,
          "jane@exam>ple.com"sv, "jane@[127.0.0.1]"sv, "jane@eve@example.com"sv, "jane\u0085@example.com"sv,
          "jane\u2028@example.com"sv, "jane\xFF@example.com"sv, "jane\u001b@example.com"sv}) {
        EXPECT_FALSE(parse_address(text)) << text;
    }
}

TEST(Address, RefusesWhatHasNoLocalPartOrNoDomain)
{
    const std::string long_label(64, 'a');
    for (const auto& text :
         {std::string("jane"), std::string("@example.com"), std::string("jane@"), std::string("jane@."),
          std::string("jane@.com"), std::string("jane@a..com"), "jane@" + long_label + ".com"}) {
        EXPECT_FALSE(parse_address(text)) << text;
    }
}

}
}
