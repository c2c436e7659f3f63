#include "http/cors.hpp"

#include <gtest/gtest.h>

namespace watchword::http {
namespace {

const Cors& two_origins()
{
    static const Cors cors({"https://app.example.com", "http://localhost:3000"});
    return cors;
}

Request preflight(std::string origin, std::string method)
{
    Request request;
    request.method = "OPTIONS";
    request.headers = {{"origin", std::move(origin)}, {"access-control-request-method", std::move(method)}};
    return request;
}

std::string value_of(const Response& response, std::string_view name)
{
    for (const auto& header : response.headers) {
        if (header.name == name) {
            return header.value;
        }
    }
    return "(none)";
}

TEST(Cors, LetsAnAllowedOriginReadEveryAnswer)
{
    EXPECT_EQ(two_origins().headers("https://app.example.com"),
              "Access-Control-Allow-Origin: https://app.example.com\r\n"
              "Access-Control-Allow-Credentials: true\r\n"
              "Access-Control-Expose-Headers: Content-Disposition, ETag, Content-Range, Retry-After, WWW-Authenticate, "
              "X-Request-ID\r\n"
              "Vary: Origin\r\n");
}

TEST(Cors, ComparesOriginsByteByByte)
{
    for (const auto* origin :
         {"https://app.example.co", "https://app.example.com.evil.com", "http://app.example.com", "https://app", "null",
          "https://app.example.com:443", "HTTPS://APP.EXAMPLE.COM", "https://app.example.com/", "", "*",
          "http://localhost:30001", "https://app.example.com, http://localhost:3000"}) {
        EXPECT_EQ(two_origins().headers(origin), "Vary: Origin\r\n") << origin;
    }
}

TEST(Cors, AnswersAPreflightAndMirrorsTheRequestedHeaders)
{
    auto request = preflight("https://app.example.com", "POST");
    request.headers.push_back({"Access-Control-Request-Headers", "content-type, Traceparent,baggage"});
    const auto response = two_origins().preflight(request);
    ASSERT_TRUE(response);
    EXPECT_EQ(response->status, 200u);
    EXPECT_EQ(response->body, "OK");
    EXPECT_EQ(value_of(*response, "Content-Type"), "text/plain; charset=utf-8");
    EXPECT_EQ(value_of(*response, "Access-Control-Allow-Methods"),
              "DELETE, GET, HEAD, OPTIONS, PATCH, POST, PUT, QUERY");
    EXPECT_EQ(value_of(*response, "Access-Control-Allow-Headers"), "content-type, Traceparent,baggage");
    EXPECT_EQ(value_of(*response, "Access-Control-Max-Age"), "600");
}

TEST(Cors, RefusesAPreflightOfAStranger)
{
    const auto response = two_origins().preflight(preflight("https://evil.example", "POST"));
    ASSERT_TRUE(response);
    EXPECT_EQ(response->status, 400u);
    EXPECT_EQ(response->body, "Disallowed CORS origin");
    EXPECT_EQ(value_of(*response, "Access-Control-Allow-Methods"), "(none)");
}

TEST(Cors, RefusesMethodsThatNobodyHas)
{
    for (const auto* method : {"TRACE", "post", "", "GET, HEAD", "ET"}) {
        EXPECT_EQ(two_origins().preflight(preflight("https://app.example.com", method))->body, "Disallowed CORS method")
            << method;
    }
    EXPECT_EQ(two_origins().preflight(preflight("https://evil.example", "TRACE"))->body,
              "Disallowed CORS origin, method");
}

TEST(Cors, TakesOnlyPreflightsForPreflights)
{
    auto request = preflight("https://app.example.com", "POST");
    request.method = "POST";
    EXPECT_FALSE(two_origins().preflight(request));
    request.method = "OPTIONS";
    request.headers.pop_back();
    EXPECT_FALSE(two_origins().preflight(request));
    request.headers = {{"Access-Control-Request-Method", "POST"}};
    EXPECT_FALSE(two_origins().preflight(request));
}

TEST(Cors, AllowsEveryOriginWithoutCredentials)
{
    const Cors cors({"*"});
    EXPECT_TRUE(cors.headers("https://any.example").starts_with("Access-Control-Allow-Origin: *\r\n"));
    EXPECT_FALSE(cors.headers("https://any.example").contains("Credentials"));
    EXPECT_EQ(cors.preflight(preflight("https://any.example", "PUT"))->status, 200u);
}

TEST(Cors, SaysNothingWithoutOrigins)
{
    const Cors cors;
    EXPECT_EQ(cors.headers("https://app.example.com"), "");
    EXPECT_FALSE(cors.preflight(preflight("https://app.example.com", "POST")));
    EXPECT_EQ(Cors(std::vector<std::string>{}).headers("https://app.example.com"), "");
}

}
}
