#include "http/target.hpp"

#include <gtest/gtest.h>

namespace watchword::http {
namespace {

std::string path_of(std::string_view target)
{
    const auto read = read_target(target);
    return read ? read->path : "(refused)";
}

TEST(Target, DecodesThePathOnce)
{
    EXPECT_EQ(path_of("/api/v1/auth%2flogin"), "/api/v1/auth/login");
    EXPECT_EQ(path_of("/%6cogin"), "/login");
    EXPECT_EQ(path_of("/%252e%252e"), "/%2e%2e");
    EXPECT_EQ(path_of("/caf%C3%A9+x"), "/caf\xC3\xA9+x");
}

TEST(Target, LeavesWhatIsNoEscape)
{
    EXPECT_EQ(path_of("/%"), "/%");
    EXPECT_EQ(path_of("/%4"), "/%4");
    EXPECT_EQ(path_of("/%zz%4g"), "/%zz%4g");
    EXPECT_EQ(path_of("/100%%41"), "/100%A");
}

TEST(Target, ResolvesNoDotsAndDropsNothing)
{
    for (const auto* path : {"/a/../b", "//a", "/a;x", "/a/./b", "/a\\b", "/.."}) {
        EXPECT_EQ(path_of(path), path);
    }
    EXPECT_EQ(path_of("/%2e%2e/b"), "/../b");
}

TEST(Target, RefusesNulAndWhatIsNoUtf8)
{
    for (const auto* target : {"/%00", "/a%00b", "/%ff", "/%c0%af", "/%ed%a0%80", "/%C3"}) {
        EXPECT_EQ(path_of(target), "(refused)") << target;
    }
}

TEST(Target, KeepsTheQueryAsItWasSent)
{
    const auto target = read_target("/a%20b?c=%20&d?e");
    ASSERT_TRUE(target);
    EXPECT_EQ(target->path, "/a b");
    EXPECT_EQ(target->query, "c=%20&d?e");
    EXPECT_EQ(read_target("/?")->query, "");
}

TEST(Target, ReadsTheOtherForms)
{
    EXPECT_EQ(path_of("http://example.com/a%20b?q"), "/a b");
    EXPECT_EQ(path_of("http://example.com"), "/");
    EXPECT_EQ(path_of("http://example.com?q"), "/");
    EXPECT_EQ(read_target("http://example.com?q=/x")->query, "q=/x");
    EXPECT_EQ(path_of("*"), "*");
    EXPECT_EQ(path_of("example.com:443"), "example.com:443");
    EXPECT_EQ(path_of("/x?u=http://y"), "/x");
}

TEST(Target, EncodesAPathForALocation)
{
    EXPECT_EQ(percent_encoded("/a b/\xC3\xA9?#;\r\n%"), "/a%20b/%C3%A9%3F%23%3B%0D%0A%25");
    EXPECT_EQ(percent_encoded("/users/@me:(1)"), "/users/@me:(1)");
}

}
}
