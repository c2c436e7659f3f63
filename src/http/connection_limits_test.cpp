#include "http/connection_limits.hpp"

#include <vector>

#include <gtest/gtest.h>

namespace watchword::http {
namespace {

Address address(std::string_view text)
{
    return *Address::parse(text);
}

TEST(ConnectionLimits, CountsEachClientByItself)
{
    ConnectionLimits limits(100, 2, {});
    auto one = limits.take(address("1.2.3.4"));
    auto two = limits.take(address("::ffff:1.2.3.4"));
    EXPECT_TRUE(one && two);
    EXPECT_FALSE(limits.take(address("1.2.3.4")));
    EXPECT_TRUE(limits.take(address("1.2.3.5")));
    one.reset();
    EXPECT_TRUE(limits.take(address("1.2.3.4")));
    EXPECT_EQ(limits.taken(), 1u);
}

TEST(ConnectionLimits, TakesANetworkOfOneHouseForOneClient)
{
    ConnectionLimits limits(100, 1, {});
    const auto one = limits.take(address("2001:db8:0:1::1"));
    EXPECT_FALSE(limits.take(address("2001:db8:0:1:ffff::2")));
    EXPECT_TRUE(limits.take(address("2001:db8:0:2::1")));
}

TEST(ConnectionLimits, LetsLoopbackAndTrustedProxiesHaveMany)
{
    ConnectionLimits limits(5, 1, *TrustedProxies::parse("10.0.0.0/8"));
    std::vector<ConnectionLimits::Slot> slots;
    for (const auto* text : {"127.0.0.1", "127.0.0.1", "::1", "10.1.2.3", "10.1.2.3"}) {
        auto slot = limits.take(address(text));
        ASSERT_TRUE(slot) << text;
        slots.push_back(std::move(*slot));
    }
    EXPECT_FALSE(limits.take(address("127.0.0.1")));
    slots.clear();
    EXPECT_EQ(limits.taken(), 0u);
}

}
}
