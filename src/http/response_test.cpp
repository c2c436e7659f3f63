#include "http/response.hpp"

#include <gtest/gtest.h>

namespace watchword::http {
namespace {

std::string header(const Response& response, std::string_view name)
{
    for (const Header& header : response.headers) {
        if (same_but_for_case(header.name, name)) {
            return header.value;
        }
    }
    return "(none)";
}

TEST(Response, HasTheTypeOfItsText)
{
    EXPECT_EQ(header(json_text(200, "{}"), "content-type"), "application/json");
    EXPECT_EQ(header(plain_text(200, "OK"), "content-type"), "text/plain; charset=utf-8");
    EXPECT_EQ(no_content().status, 204u);
    EXPECT_TRUE(no_content().headers.empty());
}

TEST(Response, SaysInAMessageWhatWasDone)
{
    EXPECT_EQ(message("OTP \"sent\"").body, R"({"message":"OTP \"sent\""})");
    EXPECT_EQ(message("x").status, 200u);
}

TEST(Response, ReplacesAHeaderOfTheSameName)
{
    Response response = json_text(200, "{}");
    response.with("content-TYPE", "text/html").with("X-Other", "1");
    EXPECT_EQ(response.headers.size(), 2u);
    EXPECT_EQ(header(response, "Content-Type"), "text/html");
}

TEST(Response, TellsAFailureInTheWordsOfItsCode)
{
    const Response response = failure(Error{ErrorCode::incorrect_credentials});
    EXPECT_EQ(response.status, 400u);
    EXPECT_EQ(response.body, R"({"detail":"Incorrect email or password"})");
    EXPECT_EQ(header(response, "WWW-Authenticate"), "(none)");
    EXPECT_EQ(header(response, "Retry-After"), "(none)");
}

TEST(Response, NamesTheReasonOnlyToAClientThatHasSentAToken)
{
    EXPECT_EQ(header(failure(Error{ErrorCode::not_authenticated}), "WWW-Authenticate"), "Bearer");
    EXPECT_EQ(header(failure(Error{ErrorCode::invalid_refresh_token}), "WWW-Authenticate"), "Bearer");
    EXPECT_EQ(header(failure(Error{ErrorCode::invalid_access_token}), "WWW-Authenticate"),
              R"(Bearer error="invalid_token")");
}

TEST(Response, TellsHowLongToWait)
{
    EXPECT_EQ(header(failure(Error{ErrorCode::rate_limited, std::chrono::seconds{7}}), "Retry-After"), "7");
}

}
}
