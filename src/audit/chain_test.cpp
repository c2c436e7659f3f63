#include "audit/chain.hpp"

#include <functional>

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <gtest/gtest.h>

namespace watchword::audit {
namespace {

const Event event{.at = from_microseconds(1'795'000'000'123'456),
                  .name = "mail.given_up",
                  .user_id = 42,
                  .client_address = "2001:db8::1",
                  .request_id = "r-1",
                  .details = R"({"mail":7})"};

std::string hex(crypto::Bytes bytes)
{
    return fmt::format("{:02x}", fmt::join(bytes, ""));
}

// { head -c 32 /dev/zero; printf '16:1795000000123456,13:mail.given_up,2:42,11:2001:db8::1,3:r-1,10:{"mail":7},'; } |
// sha256sum
TEST(AuditChain, HashesWhatAShellCanHash)
{
    EXPECT_EQ(hex(hash_of(event, hash_before_the_first)),
              "4a693ec33f7b74096b8c1455d5e1dae1e11af7985b52c715fae24783fc4ac384");
    EXPECT_EQ(hex(hash_of({.at = from_microseconds(0), .name = "a"}, hash_before_the_first)),
              "7c5eefaf790c3c65d0c115c350c81781b876dd573c5fbd4e1006650607587c3b");
}

TEST(AuditChain, HashesEveryValueAndItsPlace)
{
    const std::vector<std::function<void(Event&)>> changes{
        [](Event& changed) { changed.at += std::chrono::microseconds{1}; },
        [](Event& changed) { changed.name = "mail.given"; },
        [](Event& changed) { changed.user_id = 43; },
        [](Event& changed) { changed.user_id.reset(); },
        [](Event& changed) { changed.client_address.clear(); },
        [](Event& changed) { std::swap(changed.client_address, changed.request_id); },
        [](Event& changed) { changed.details = "{}"; },
    };
    for (const auto& change : changes) {
        Event changed = event;
        change(changed);
        EXPECT_NE(hash_of(changed, hash_before_the_first), hash_of(event, hash_before_the_first));
    }
    EXPECT_NE(hash_of(event, hash_of(event, hash_before_the_first)), hash_of(event, hash_before_the_first));
}

}
}
