#include "http/address.hpp"

#include <unordered_set>

#include <gtest/gtest.h>

namespace watchword::http {
namespace {

using namespace std::string_literals;

Address address(std::string_view text)
{
    return Address::parse(text).value();
}

TrustedProxies trusting(std::string_view text)
{
    return TrustedProxies::parse(text).value();
}

TEST(Address, HasOneFormForEveryNotation)
{
    for (const auto* text : {"203.0.113.7", "::ffff:203.0.113.7", "::ffff:cb00:7107", "::FFFF:203.0.113.7",
                             "0:0:0:0:0:ffff:203.0.113.7", "::ffff:203.0.113.7%eth0"}) {
        EXPECT_EQ(address(text), address("203.0.113.7")) << text;
        EXPECT_EQ(address(text).text(), "203.0.113.7") << text;
        EXPECT_TRUE(address(text).is_v4()) << text;
        EXPECT_EQ(std::hash<Address>()(address(text)), std::hash<Address>()(address("203.0.113.7"))) << text;
    }
    for (const auto* text : {"2001:db8::1", "2001:DB8::1", "2001:0db8:0:0:0:0:0:0001", "2001:db8::0.0.0.1"}) {
        EXPECT_EQ(address(text).text(), "2001:db8::1") << text;
    }
    EXPECT_EQ(address("fe80::1%eth0"), address("fe80::1%2"));
    EXPECT_EQ(address("fe80::1%eth0").text(), "fe80::1");
}

TEST(Address, OfADualStackSocketIsTheIpv4Address)
{
    EXPECT_EQ(Address(boost::asio::ip::make_address("::ffff:192.0.2.1")).text(), "192.0.2.1");
    EXPECT_EQ(Address(boost::asio::ip::make_address("fe80::1%1")).text(), "fe80::1");
}

TEST(Address, IsNotReadFromAnythingElse)
{
    using namespace std::string_view_literals;
    for (const auto text :
         {""sv,           "a"sv,        "1.2.3"sv,       "1.2.3.4.5"sv,  "256.0.0.1"sv,    "01.2.3.4"sv,  "0x7f.1"sv,
          "1.2.3.4 "sv,   " 1.2.3.4"sv, "1.2.3.4\0"sv,   "1.2.3.4:80"sv, "[::1]"sv,        "::1]"sv,      ":"sv,
          ":::"sv,        "1::2::3"sv,  "2001:db8::g"sv, "fe80::1%"sv,   "1.2.3.4%eth0"sv, "localhost"sv, "unknown"sv,
          "1.2.3.4/32"sv, "٣.1.1.1"sv}) {
        EXPECT_FALSE(Address::parse(text)) << text;
    }
    EXPECT_FALSE(Address::parse("fe80::1%" + std::string(1000, 'a')));
}

TEST(LimitKey, IsTheAddressForIpv4AndThe64ForIpv6)
{
    EXPECT_EQ(limit_key(address("203.0.113.7")), "\xcb\x00\x71\x07"s);
    EXPECT_EQ(limit_key(address("::ffff:203.0.113.7")), limit_key(address("203.0.113.7")));
    EXPECT_NE(limit_key(address("203.0.113.8")), limit_key(address("203.0.113.7")));

    std::unordered_set<std::string> keys;
    for (const auto* text : {"2001:db8:1:2::", "2001:db8:1:2::1", "2001:db8:1:2:ffff:ffff:ffff:ffff",
                             "2001:db8:1:2::203.0.113.7", "2001:DB8:1:2::a"}) {
        keys.insert(limit_key(address(text)));
    }
    EXPECT_EQ(keys, std::unordered_set{"\x20\x01\x0d\xb8\x00\x01\x00\x02"s});
    EXPECT_NE(limit_key(address("2001:db8:1:3::1")), *keys.begin());
}

TEST(LimitKey, OfANat64AddressIsNeverTheIpv4Client)
{
    EXPECT_EQ(limit_key(address("64:ff9b::203.0.113.7")), "\x00\x64\xff\x9b\x00\x00\x00\x00"s);
    EXPECT_NE(limit_key(address("::203.0.113.7")), limit_key(address("203.0.113.7")));
}

TEST(Network, ContainsWhatBeginsWithItsBits)
{
    const auto network = Network::parse("10.16.0.0/12").value();
    EXPECT_TRUE(network.contains(address("10.16.0.0")));
    EXPECT_TRUE(network.contains(address("10.31.255.255")));
    EXPECT_TRUE(network.contains(address("::ffff:10.20.0.1")));
    EXPECT_FALSE(network.contains(address("10.32.0.0")));
    EXPECT_FALSE(network.contains(address("10.15.255.255")));
    EXPECT_FALSE(network.contains(address("::10.16.0.1")));

    const auto v6 = Network::parse("2001:db8::/33").value();
    EXPECT_TRUE(v6.contains(address("2001:db8:7fff::1")));
    EXPECT_FALSE(v6.contains(address("2001:db8:8000::1")));

    EXPECT_TRUE(Network::parse("0.0.0.0/0")->contains(address("203.0.113.7")));
    EXPECT_FALSE(Network::parse("0.0.0.0/0")->contains(address("::1")));
    EXPECT_TRUE(Network::parse("::/0")->contains(address("::1")));
    EXPECT_FALSE(Network::parse("::/0")->contains(address("203.0.113.7")));
}

TEST(Network, IsCanonical)
{
    EXPECT_EQ(Network::parse("127.0.0.1")->text(), "127.0.0.1/32");
    EXPECT_EQ(Network::parse("::1")->text(), "::1/128");
    EXPECT_EQ(Network::parse("::ffff:10.0.0.0/104")->text(), "10.0.0.0/8");
    EXPECT_EQ(Network::parse("::ffff:0:0/96")->text(), "0.0.0.0/0");
}

TEST(Network, SaysWhatIsWrong)
{
    EXPECT_EQ(Network::parse("proxy").error(), "\"proxy\" is no IP address");
    EXPECT_EQ(Network::parse("10.0.0.0/33").error(),
              "\"33\" is no prefix length of 10.0.0.0 (it has from 0 to 32 bits)");
    EXPECT_EQ(Network::parse("10.0.0.0/").error(), "\"\" is no prefix length of 10.0.0.0 (it has from 0 to 32 bits)");
    EXPECT_EQ(Network::parse("::ffff:10.0.0.0/8").error(),
              "\"8\" is no prefix length of ::ffff:10.0.0.0 (it has from 96 to 128 bits)");
    EXPECT_EQ(
        Network::parse("10.1.2.3/8").error(),
        "\"10.1.2.3/8\" has bits behind its prefix: write 10.0.0.0/8 for the network, 10.1.2.3 for the one address");
}

TEST(TrustedProxies, AreSeparatedByCommasOrBlanks)
{
    const auto proxies = trusting(" 127.0.0.1,10.0.0.0/8 , ::1\n2001:db8::/32,,");
    for (const auto* text : {"127.0.0.1", "10.9.8.7", "::1", "2001:db8:9::", "::ffff:127.0.0.1"}) {
        EXPECT_TRUE(proxies.contains(address(text))) << text;
    }
    EXPECT_FALSE(proxies.contains(address("127.0.0.2")));
    EXPECT_FALSE(proxies.empty());
    EXPECT_TRUE(trusting("").empty());
    EXPECT_TRUE(trusting(" , ").empty());
}

TEST(TrustedProxies, ErrorsQuoteTheWrongItemAndSayWhatIsAccepted)
{
    EXPECT_EQ(TrustedProxies::parse("127.0.0.1, nginx, 10.0.0.0/8").error(),
              "\"nginx\" is no IP address. Accepted are addresses and networks, separated by commas, for example "
              "\"127.0.0.1, 10.0.0.0/8, 2001:db8::/32\"");
}

TEST(ForwardedFor, IsIgnoredFromAPeerThatIsNotTrusted)
{
    const auto peer = address("198.51.100.1");
    EXPECT_EQ(TrustedProxies().client(peer, "203.0.113.7"), peer);
    EXPECT_EQ(trusting("127.0.0.1").client(peer, "203.0.113.7"), peer);
    EXPECT_EQ(trusting("127.0.0.1").client(peer, "127.0.0.1"), peer);
}

TEST(ForwardedFor, NamesTheRightmostThatIsNotTrusted)
{
    const auto proxies = trusting("127.0.0.1, 10.0.0.0/8");
    const auto peer = address("127.0.0.1");
    EXPECT_EQ(proxies.client(peer, "203.0.113.7"), address("203.0.113.7"));
    EXPECT_EQ(proxies.client(peer, "192.0.2.99, 203.0.113.7"), address("203.0.113.7"));
    EXPECT_EQ(proxies.client(peer, "192.0.2.99, 203.0.113.7, 10.0.0.1, 10.0.0.2"), address("203.0.113.7"));
    EXPECT_EQ(proxies.client(peer, "garbage, 203.0.113.7\t,10.0.0.1 "), address("203.0.113.7"));
    EXPECT_EQ(proxies.client(peer, "10.0.0.1, 203.0.113.7"), address("203.0.113.7"));
    EXPECT_EQ(proxies.client(address("::ffff:127.0.0.1"), "203.0.113.7"), address("203.0.113.7"));
}

TEST(ForwardedFor, MeansTheSameInEveryNotation)
{
    const auto proxies = trusting("127.0.0.1");
    const auto peer = address("127.0.0.1");
    for (const auto* text : {"203.0.113.7", "::ffff:203.0.113.7", "::ffff:cb00:7107", "::FFFF:203.0.113.7",
                             "203.0.113.7:4711", "[::ffff:203.0.113.7]:4711", "[::ffff:203.0.113.7]"}) {
        EXPECT_EQ(proxies.client(peer, text), address("203.0.113.7")) << text;
    }
    for (const auto* text :
         {"2001:db8::1", "2001:DB8:0::1", "[2001:db8::1]", "[2001:db8::1]:443", "2001:db8::1%eth0"}) {
        EXPECT_EQ(proxies.client(peer, text), address("2001:db8::1")) << text;
    }
}

TEST(ForwardedFor, StopsAtTheLastTrustedHopBeforeWhatIsNoAddress)
{
    const auto proxies = trusting("127.0.0.1, 10.0.0.0/8");
    const auto peer = address("127.0.0.1");
    for (const auto* text : {"",
                             " ",
                             "a",
                             "unknown",
                             "_hidden",
                             "203.0.113.7,",
                             "203.0.113.7, ",
                             "203.0.113.7:",
                             "203.0.113.7:65536",
                             "203.0.113.7:-1",
                             "203.0.113.7:80:80",
                             "[203.0.113.7]",
                             "[2001:db8::1",
                             "[2001:db8::1]x",
                             "[2001:db8::1]:x",
                             "2001:db8::1]",
                             "\"203.0.113.7\"",
                             "for=203.0.113.7",
                             "203.0.113.7 198.51.100.9",
                             "203.0.113.07"}) {
        EXPECT_EQ(proxies.client(peer, text), peer) << text;
    }
    EXPECT_EQ(proxies.client(peer, "203.0.113.7, a, 10.0.0.1"), address("10.0.0.1"));
    EXPECT_EQ(proxies.client(peer, "203.0.113.7, , 10.0.0.1"), address("10.0.0.1"));
    EXPECT_EQ(proxies.client(peer, "10.0.0.2, 10.0.0.1"), address("10.0.0.2"));
}

TEST(ForwardedFor, IsReadNoFurtherThanItsBounds)
{
    const auto proxies = trusting("127.0.0.1, 10.0.0.0/8");
    const auto peer = address("127.0.0.1");
    auto chain = [](int trusted) {
        std::string text = "203.0.113.7";
        for (int i = trusted; i > 0; --i) {
            text += ",10.0.0." + std::to_string(i);
        }
        return text;
    };
    EXPECT_EQ(proxies.client(peer, chain(19)), address("203.0.113.7"));
    EXPECT_EQ(proxies.client(peer, chain(20)), address("10.0.0.20"));

    EXPECT_EQ(proxies.client(peer, std::string(10'000, '1')), peer);
    EXPECT_EQ(proxies.client(peer, std::string(10'000, ',')), peer);
    EXPECT_EQ(proxies.client(peer, "203.0.113.7" + std::string(1014, ' ')), peer);
    EXPECT_EQ(proxies.client(peer, "203.0.113.7" + std::string(1013, ' ')), address("203.0.113.7"));
    // What a stranger put in front does not keep the proxy's own word from being read.
    EXPECT_EQ(proxies.client(peer, std::string(7'000, '1') + ", 203.0.113.7"), address("203.0.113.7"));
}

}
}
