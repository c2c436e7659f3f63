#include "crypto/hmac.hpp"

#include <string>
#include <thread>
#include <vector>

#include <fmt/format.h>
#include <gtest/gtest.h>

namespace watchword::crypto {
namespace {

std::string hex(Bytes bytes)
{
    std::string text;
    for (const unsigned char byte : bytes) {
        text += fmt::format("{:02x}", byte);
    }
    return text;
}

std::string hmac_hex(Digest digest, std::string_view key, std::string_view message)
{
    return hex(hmac(digest, as_bytes(key), message).bytes());
}

// FIPS 180-4, examples of NIST.
TEST(Sha256, GivesThePublishedValues)
{
    EXPECT_EQ(hex(sha256("")), "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
    EXPECT_EQ(hex(sha256("abc")), "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
}

// RFC 4231 §4.3: a short key.
TEST(Hmac, GivesTheValuesOfRfc4231)
{
    const char* message = "what do ya want for nothing?";
    EXPECT_EQ(hmac_hex(Digest::sha256, "Jefe", message),
              "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843");
    EXPECT_EQ(hmac_hex(Digest::sha384, "Jefe", message),
              "af45d2e376484031617f78d2b58a6b1b9c7ef464f5a01b47e42ec3736322445e8e2240ca5e69e2c78b3239ecfab21649");
    EXPECT_EQ(hmac_hex(Digest::sha512, "Jefe", message),
              "164b7a7bfcf819e2e395fbe73b56e0a387bd64222e831fd610270cd7ea2505549758bf75c05a994a6d034f65f8f0e6fdcaeab1a3"
              "4d4a6b4b636e070a38bce737");
}

// RFC 4231 §4.7: a key of 131 bytes, longer than a block of either digest.
TEST(Hmac, HashesAKeyThatIsLongerThanABlock)
{
    const std::string key(131, '\xAA');
    const char* message = "Test Using Larger Than Block-Size Key - Hash Key First";
    EXPECT_EQ(hmac_hex(Digest::sha256, key, message),
              "60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54");
    EXPECT_EQ(hmac_hex(Digest::sha512, key, message),
              "80b24263c7c1a3ebb71493c1dd7be8b49b46d1f41b4aeec1121b013783f8f3526b56d037e05f2598bd0fd2215d6a1e5295e64f73"
              "f63f0aec8b915a985d786598");
}

// Computed with Python's hmac module: longer than a block of SHA-256 and shorter than one of SHA-512.
TEST(Hmac, KnowsTheBlockSizeOfEachDigest)
{
    EXPECT_EQ(hmac_hex(Digest::sha256, std::string(100, '\xAA'), "message"),
              "056a1c3c9eba051ecccfdb03927b9447a53c0d38e3f8e3d3a3d5bcae95ec9415");
    EXPECT_EQ(hmac_hex(Digest::sha512, std::string(100, '\xAA'), "message"),
              "c9222f532cdb5b2708ac4d8eff4fc43c10339b16af9df5086d10ddabdcc6632c41715e9955562f8cd4e3d6fcc0cdeb0e77c4aeaf"
              "8963c333c6a8badb1d1e8bc2");
}

TEST(Hmac, OneKeyServesManyThreads)
{
    const HmacKey key(Digest::sha256, as_bytes("Jefe"));
    const std::string expected(key.mac("message").text());
    std::vector<std::jthread> threads;
    for (int i = 0; i < 4; ++i) {
        threads.emplace_back([&] {
            for (int j = 0; j < 1000; ++j) {
                ASSERT_EQ(key.mac("message").text(), expected);
            }
        });
    }
}

TEST(ConstantTimeEqual, ComparesSizesAndBytes)
{
    EXPECT_TRUE(constant_time_equal("", ""));
    EXPECT_TRUE(constant_time_equal("same", "same"));
    EXPECT_FALSE(constant_time_equal("same", "some"));
    EXPECT_FALSE(constant_time_equal("same", "same "));
    EXPECT_FALSE(constant_time_equal("same", ""));
}

}
}
