#include "accounts/email_address_punycode.hpp"

#include <gtest/gtest.h>

namespace watchword::accounts::email {
namespace {

struct Sample {
    std::u32string_view text;
    std::string_view encoded;
};

// The first six are RFC 3492 §7.1, (A), (B), (C), (E), (I) in lower case, and (L).
constexpr Sample samples[] = {
    {U"\u0644\u064A\u0647\u0645\u0627\u0628\u062A\u0643\u0644\u0645\u0648\u0634\u0639\u0631\u0628\u064A\u061F",
     "egbpdaj6bu4bxfgehfvwxn"},
    {U"\u4ED6\u4EEC\u4E3A\u4EC0\u4E48\u4E0D\u8BF4\u4E2D\u6587", "ihqwcrb4cv8a8dqg056pqjye"},
    {U"\u4ED6\u5011\u7232\u4EC0\u9EBD\u4E0D\u8AAA\u4E2D\u6587", "ihqwctvzc91f659drss3x8bo0yb"},
    {U"\u05DC\u05DE\u05D4\u05D4\u05DD\u05E4\u05E9\u05D5\u05D8\u05DC\u05D0\u05DE\u05D3\u05D1\u05E8\u05D9\u05DD\u05E2"
     U"\u05D1\u05E8\u05D9\u05EA",
     "4dbcagdahymbxekheh6e0a7fei0b"},
    {U"\u043F\u043E\u0447\u0435\u043C\u0443\u0436\u0435\u043E\u043D\u0438\u043D\u0435\u0433\u043E\u0432\u043E\u0440"
     U"\u044F\u0442\u043F\u043E\u0440\u0443\u0441\u0441\u043A\u0438",
     "b1abfaaepdrnnbgefbadotcwatmq2g4l"},
    {U"3\u5E74b\u7D44\u91D1\u516B\u5148\u751F", "3b-ww4c5e180e575a65lsy2b"},
    {U"b\u00FCcher", "bcher-kva"},
    {U"\u00FC", "tda"},
    {U"a-b\u00FC", "a-b-joa"},
    {U"\U0010FFFF", "dn32g"},
    {U"a\U0010FFFF", "a-h023p"},
    {U"", ""},
};

TEST(Punycode, EncodesAsTheRfcDoes)
{
    for (const auto& [text, encoded] : samples) {
        EXPECT_EQ(to_punycode(text), encoded);
    }
}

TEST(Punycode, DecodesAsTheRfcDoes)
{
    for (const auto& [text, encoded] : samples) {
        EXPECT_EQ(from_punycode(encoded), text) << encoded;
    }
}

TEST(Punycode, RefusesWhatIsNoNumber)
{
    for (const auto* encoded : {"a-!", "a-B", "a-\x80", "z", "bcher-kv", "99999999999999999999999999999999999999999"}) {
        EXPECT_FALSE(from_punycode(encoded)) << encoded;
    }
}

TEST(Punycode, RefusesWhatIsNoCharacter)
{
    EXPECT_FALSE(from_punycode("en32g")) << "U+110000";
    EXPECT_FALSE(from_punycode("ro9b")) << "a surrogate, U+D9D0";
}

}
}
