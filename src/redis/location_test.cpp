#include "redis/location.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace watchword::redis {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::Not;
using Encryption = Location::Encryption;

Location parsed(std::string_view url)
{
    const auto location = Location::parse(url);
    EXPECT_TRUE(location) << url << ": " << location.error();
    return location.value_or(Location{});
}

TEST(RedisLocation, ReadsAServer)
{
    const auto plain = parsed("redis://cache.example.com");
    EXPECT_THAT(plain.hosts, ElementsAre(HostPort{"cache.example.com", 6379}));
    EXPECT_EQ(plain.database, 0);
    EXPECT_EQ(plain.encryption, Encryption::none);
    EXPECT_TRUE(plain.password.empty());
    EXPECT_FALSE(plain.has_sentinels());

    const auto full = parsed("REDISS://jane:p%40ss%2Fw%23rd%25@[2001:db8::1]:6380/15");
    EXPECT_THAT(full.hosts, ElementsAre(HostPort{"2001:db8::1", 6380}));
    EXPECT_EQ(full.hosts.front().text(), "[2001:db8::1]:6380");
    EXPECT_EQ(full.encryption, Encryption::tls);
    EXPECT_EQ(full.username, "jane");
    EXPECT_EQ(full.password.reveal(), "p@ss/w#rd%");
    EXPECT_EQ(full.database, 15);

    EXPECT_EQ(parsed("redis://:secret@h/").password.reveal(), "secret");
    EXPECT_EQ(parsed("redis://:secret@h/").username, "");
}

TEST(RedisLocation, ReadsSentinels)
{
    const auto location = parsed("redis+sentinel://:s3cret@one,two:26380,[::1]/mymaster/2");
    EXPECT_THAT(location.hosts, ElementsAre(HostPort{"one", 26379}, HostPort{"two", 26380}, HostPort{"::1", 26379}));
    EXPECT_EQ(location.master_name, "mymaster");
    EXPECT_EQ(location.database, 2);
    EXPECT_EQ(location.password.reveal(), "s3cret");
    EXPECT_EQ(parsed("rediss+sentinel://one/mymaster").encryption, Encryption::tls);
}

TEST(RedisLocation, ReadsASocket)
{
    const auto location = parsed("unix://jane:s3cret@/run/redis/redis.sock?db=3");
    EXPECT_EQ(location.socket_path, "/run/redis/redis.sock");
    EXPECT_EQ(location.database, 3);
    EXPECT_EQ(location.username, "jane");
    EXPECT_EQ(location.password.reveal(), "s3cret");
    EXPECT_EQ(parsed("redis+unix:///tmp/a%20b").socket_path, "/tmp/a b");
}

TEST(RedisLocation, SaysWhatIsWrongAndRepeatsNothing)
{
    const std::pair<std::string_view, std::string_view> wrong[] = {
        {"hunter2.example.com:6379", "scheme is not known"},
        {"http://u:hunter2@h", "scheme is not known"},
        {"redis://u:hunter2@x@h", "percent-encoded"},
        {"redis://u:hunter2/x@h", "percent-encoded"},
        {"redis://u:hunter2#x@h", "percent-encoded"},
        {"redis://u:hunter2?x@h/0", "percent-encoded"},
        {"redis://u:hunter2:x@h", "percent-encoded"},
        {"redis://u:hunter2%4@h", "percent-encoded"},
        {"redis://u:hunter2%xy@h", "percent-encoded"},
        {"redis://hunter2@h", "colon"},
        {"redis://:hunter2@", "Host and port"},
        {"redis://:hunter2@h:0", "Host and port"},
        {"redis://:hunter2@h:65536", "Host and port"},
        {"redis://:hunter2@h:1x", "Host and port"},
        {"redis://:hunter2@[::1", "Host and port"},
        {"redis://:hunter2@[127.0.0.1]", "Host and port"},
        {"redis://:hunter2@h h", "Host and port"},
        {"redis://:hunter2@h/1024", "whole number from 0 to 1023"},
        {"redis://:hunter2@h/-1", "whole number from 0 to 1023"},
        {"redis://:hunter2@h/0/1", "whole number from 0 to 1023"},
        {"redis://:hunter2@h/0?ssl=true", "Nothing may follow"},
        {"redis://:hunter2@one,two/0", "Several hosts are Sentinels"},
        {"redis+sentinel://:hunter2@one,two", "name of the master"},
        {"redis+sentinel://:hunter2@one,,two/m", "Host and port"},
        {"unix://:hunter2@run/redis.sock", "absolute"},
        {"unix://", "absolute"},
        {"unix:///run/redis.sock?database=1", "Only `?db=`"},
    };
    for (const auto& [url, reason] : wrong) {
        const auto location = Location::parse(url);
        ASSERT_FALSE(location) << url;
        EXPECT_THAT(location.error(), HasSubstr(reason)) << url;
        EXPECT_THAT(location.error(), Not(HasSubstr("hunter2"))) << url;
    }
}

}
}
