#include "http/route.hpp"

#include <stdexcept>

#include <gtest/gtest.h>

namespace watchword::http {
namespace {

using enum Match::Outcome;

Route route(std::string method, std::string path)
{
    return {std::move(method), std::move(path), nullptr, nullptr, nullptr, {}};
}

const Router& router()
{
    static const Router table({
        route("GET", "/"),
        route("POST", "/api/v1/users"),
        route("GET", "/api/v1/users/profile"),
        route("GET", "/healthz"),
        route("HEAD", "/healthz"),
        route("PUT", "/api/v1/files/{name}"),
        route("DELETE", "/api/v1/files/{name}"),
        route("GET", "/api/v1/files/{name}"),
        route("GET", "/api/v1/files/latest"),
        route("GET", "/api/v1/a/{x}/b/{y}"),
        route("GET", "/with/slash/"),
    });
    return table;
}

TEST(Router, FindsAPathByMethod)
{
    const auto match = router().match("POST", "/api/v1/users");
    ASSERT_EQ(match.outcome, found);
    EXPECT_EQ(match.route->path, "/api/v1/users");
    EXPECT_EQ(match.route->method, "POST");
    EXPECT_TRUE(match.path_parameters.empty());
}

TEST(Router, ReadsTheSegmentsThatVary)
{
    const auto file = router().match("GET", "/api/v1/files/a b.txt");
    ASSERT_EQ(file.outcome, found);
    EXPECT_EQ(file.path_parameters, std::vector<std::string>{"a b.txt"});
    const auto two = router().match("GET", "/api/v1/a/1/b/{y}");
    ASSERT_EQ(two.outcome, found);
    EXPECT_EQ(two.path_parameters, (std::vector<std::string>{"1", "{y}"}));
    EXPECT_EQ(router().match("GET", "/api/v1/files/latest").route->path, "/api/v1/files/latest");
}

TEST(Router, TakesEveryOtherSpellingForAnotherPath)
{
    for (const auto* path : {"/api/v1/nope", "//api/v1/users", "/api//v1/users", "/api/v1/./users",
                             "/api/v1/x/../users", "/api/v1/users;x", "/API/v1/users", "/api/v1/users//",
                             "/api/v1/files/", "/api/v1/files/a/b", "/api/v1/a//b/2", "api/v1/users", "",
                             "/api/v1/users/profile/x.css", "/api/v1/users/profile;x.css", "/api/v1/users/pro", "*x"}) {
        const auto outcome = router().match("POST", path).outcome;
        EXPECT_EQ(outcome, not_found) << path;
    }
}

TEST(Router, SaysWhichMethodsAPathHasSorted)
{
    const auto users = router().match("GET", "/api/v1/users");
    EXPECT_EQ(users.outcome, method_not_allowed);
    EXPECT_EQ(users.allow, "POST");
    EXPECT_EQ(router().match("PATCH", "/api/v1/files/x").allow, "DELETE, GET, PUT");
    EXPECT_EQ(router().match("get", "/healthz").allow, "GET, HEAD");
    EXPECT_EQ(router().match("OPTIONS", "/").allow, "GET");
}

TEST(Router, AnswersHeadOnlyWhereItStandsInTheTable)
{
    EXPECT_EQ(router().match("HEAD", "/").outcome, method_not_allowed);
    EXPECT_EQ(router().match("HEAD", "/healthz").outcome, found);
}

TEST(Router, RedirectsToThePathWithTheOtherEnding)
{
    const auto users = router().match("POST", "/api/v1/users/");
    EXPECT_EQ(users.outcome, redirect);
    EXPECT_EQ(users.location, "/api/v1/users");
    EXPECT_EQ(router().match("DELETE", "/api/v1/users/").outcome, redirect);
    EXPECT_EQ(router().match("GET", "/with/slash").location, "/with/slash/");
    EXPECT_EQ(router().match("GET", "/api/v1/files/a b?/").location, "/api/v1/files/a%20b%3F");
    EXPECT_EQ(router().match("GET", "//evil.example/").outcome, not_found);
}

TEST(Router, TellsEveryMethodToWhoAsksForNoResource)
{
    const auto connect = router().match("CONNECT", "example.com:443");
    EXPECT_EQ(connect.outcome, method_not_allowed);
    EXPECT_EQ(connect.allow, "DELETE, GET, HEAD, POST, PUT");
    EXPECT_EQ(router().match("OPTIONS", "*").allow, connect.allow);
}

TEST(Router, RefusesATableThatContradictsItself)
{
    EXPECT_THROW(Router({route("GET", "/a"), route("GET", "/a")}), std::invalid_argument);
    EXPECT_THROW(Router({route("GET", "/{a}"), route("GET", "/{a}")}), std::invalid_argument);
    EXPECT_THROW(Router({route("GET", "a")}), std::invalid_argument);
}

}
}
