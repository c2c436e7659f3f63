#include "rate_limits/sip_hash.hpp"

#include <numeric>
#include <string>

#include <gtest/gtest.h>

namespace watchword::rate_limits {
namespace {

TEST(SipHash, GivesThePublishedValues)
{
    std::array<unsigned char, 16> key{};
    std::iota(key.begin(), key.end(), 0);
    std::string text(63, '\0');
    std::iota(text.begin(), text.end(), 0);
    const SipHash hash(key);
    EXPECT_EQ(hash(text.substr(0, 0)), 0x726fdb47dd0e0e31U);
    EXPECT_EQ(hash(text.substr(0, 1)), 0x74f839c593dc67fdU);
    EXPECT_EQ(hash(text.substr(0, 8)), 0x93f5f5799a932462U);
    EXPECT_EQ(hash(text.substr(0, 15)), 0xa129ca6149be45e5U);
    EXPECT_EQ(hash(text), 0x958a324ceb064572U);
}

TEST(SipHash, IsAnotherUnderAnotherKey)
{
    EXPECT_NE(SipHash({1})("text"), SipHash({2})("text"));
    EXPECT_NE(SipHash()("text"), SipHash()("text"));
}

}
}
