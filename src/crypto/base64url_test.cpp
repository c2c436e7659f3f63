#include "crypto/base64url.hpp"

#include <gtest/gtest.h>

namespace watchword::crypto {
namespace {

// RFC 4648 §10, and RFC 7515 appendix C.
TEST(Base64Url, EncodesThePublishedVectors)
{
    EXPECT_EQ(base64url::encode(""), "");
    EXPECT_EQ(base64url::encode("f"), "Zg");
    EXPECT_EQ(base64url::encode("fo"), "Zm8");
    EXPECT_EQ(base64url::encode("foo"), "Zm9v");
    EXPECT_EQ(base64url::encode("foob"), "Zm9vYg");
    EXPECT_EQ(base64url::encode("fooba"), "Zm9vYmE");
    EXPECT_EQ(base64url::encode("foobar"), "Zm9vYmFy");
    EXPECT_EQ(base64url::encode("\x03\xEC\xFF\xE0\xC1"), "A-z_4ME");
    EXPECT_EQ(base64::encode(as_bytes("f")), "Zg==");
    EXPECT_EQ(base64::encode(as_bytes("fooba")), "Zm9vYmE=");
    EXPECT_EQ(base64::encode(as_bytes("foobar")), "Zm9vYmFy");
    EXPECT_EQ(base64::encode(as_bytes("\x03\xEC\xFF\xE0\xC1")), "A+z/4ME=");
}

TEST(Base64Url, DecodesWhatItEncodes)
{
    std::string bytes;
    for (int i = 0; i < 300; ++i) {
        EXPECT_EQ(base64url::decode(base64url::encode(bytes)), bytes);
        EXPECT_EQ(base64::decode_unpadded(base64::encode_unpadded(as_bytes(bytes))), bytes);
        bytes.push_back(static_cast<char>(i * 7));
    }
}

TEST(Base64Url, RefusesPaddingOtherAlphabetsAndWhiteSpace)
{
    for (const char* text : {"Zg==", "Zg=", "Zm8=", "A+z_4ME", "A-z/4ME", "Zm 9v", " Zm9v", "Zm9v\n", "Zm\r\n9v",
                             "Zm9v.", "Zm\xC3\xB6v"}) {
        EXPECT_EQ(base64url::decode(text), std::nullopt) << text;
    }
    EXPECT_EQ(base64url::decode(std::string_view("Zm9\0", 4)), std::nullopt);
    EXPECT_EQ(base64::decode_unpadded("A-z_4ME"), std::nullopt);
}

TEST(Base64Url, RefusesLengthsThatNoBytesHave)
{
    EXPECT_EQ(base64url::decode("Z"), std::nullopt);
    EXPECT_EQ(base64url::decode("Zm9vY"), std::nullopt);
}

TEST(Base64Url, AcceptsExactlyOneTextForEachValue)
{
    constexpr std::string_view alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
    int accepted = 0;
    for (const char last : alphabet) {
        accepted += base64url::decode(std::string("Z") + last) ? 1 : 0;  // 2 characters for 8 bits: 4 are spare
        accepted += base64url::decode(std::string("Zm") + last) ? 1 : 0; // 3 characters for 16 bits: 2 are spare
    }
    EXPECT_EQ(accepted, 64 / 16 + 64 / 4);
}

}
}
