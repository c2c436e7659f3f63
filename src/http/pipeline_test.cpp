#include "base/unavailable.hpp"
#include "tests/support/loopback.hpp"

#include <atomic>
#include <stdexcept>
#include <string>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace watchword::http {
namespace {

using testing::HasSubstr;
using testing::MatchesRegex;
using testing::Not;
using tests::LoopbackServer;
using tests::RawClient;

/// Admits `Bearer 7`, and tells the steps what happened before them.
struct TokenGuard final : Guard {
    std::atomic<int> asked{0};

    Task<Result<Caller>> admit(const Request& request) override
    {
        ++asked;
        if (request.header("Authorization") != "Bearer 7") {
            co_return fail(ErrorCode::not_authenticated);
        }
        co_return Caller{.account = 7, .session = "s"};
    }
};

/// Lets through as many as it has left.
struct CountingLimit final : Limit {
    std::atomic<int> left{1000};

    Task<Result<>> take(const Request&) override
    {
        if (left-- <= 0) {
            co_return fail(ErrorCode::rate_limited, std::chrono::seconds{17});
        }
        co_return Result<>{};
    }
};

/// Lets account 7 through once.
struct CallerLimit final : Limit {
    std::atomic<int> left{1};

    Task<Result<>> take(const Request& request) override
    {
        if (request.caller.value().account != 7 || left-- <= 0) {
            co_return fail(ErrorCode::rate_limited, std::chrono::seconds{18});
        }
        co_return Result<>{};
    }
};

struct Feature {
    std::atomic<int> handled{0};
};

Task<Response> describe_request(Feature& feature, const Request& request)
{
    ++feature.handled;
    std::string text = request.client.text() + ' ' + std::to_string(request.caller ? request.caller->account : 0);
    for (const auto& parameter : request.path_parameters) {
        text += ' ' + parameter;
    }
    co_return plain_text(200, text + ' ' + request.body);
}

Task<Response> throw_unavailable(Feature&, const Request&)
{
    throw Unavailable("cannot open /var/lib/secret.db");
    co_return Response{};
}

Task<Response> throw_runtime_error(Feature&, const Request&)
{
    throw std::runtime_error("cannot open /var/lib/secret.db");
    co_return Response{};
}

Task<Response> throw_a_number(Feature&, const Request&)
{
    throw 42;
    co_return Response{};
}

Task<Response> set_headers(Feature&, const Request& request)
{
    auto response = plain_text(200, "x");
    response.with("Cache-Control", "max-age=60");
    response.with("Content-Disposition", "inline; filename=" + request.path_parameters.at(0));
    co_return response;
}

struct PipelineTest : testing::Test {
    TokenGuard guard;
    CountingLimit limit;
    CallerLimit caller_limit;
    Feature feature;
    LoopbackServer server{
        {
            {"POST", "/limited", nullptr, &limit, nullptr, bind(describe_request, feature)},
            {"POST", "/private/{name}", &guard, &limit, nullptr, bind(describe_request, feature)},
            {"POST", "/counted", &guard, nullptr, nullptr, bind(describe_request, feature), BodyKind::whole,
             std::nullopt, &caller_limit},
            {"GET", "/unavailable", nullptr, nullptr, nullptr, bind(throw_unavailable, feature)},
            {"GET", "/broken", nullptr, nullptr, nullptr, bind(throw_runtime_error, feature)},
            {"GET", "/number", nullptr, nullptr, nullptr, bind(throw_a_number, feature)},
            {"GET", "/headers/{name}", nullptr, nullptr, nullptr, bind(set_headers, feature)},
        },
        {.cors = Cors({"https://app.example.com"}), .proxies = *TrustedProxies::parse("127.0.0.0/8, 10.0.0.0/8")}};
    RawClient client{server.port()};

    tests::Answer ask(std::string_view line, std::string_view fields = "", std::string_view body = "")
    {
        return client.exchange(std::string(line) + " HTTP/1.1\r\nHost: a\r\n" + std::string(fields) +
                               "Content-Length: " + std::to_string(body.size()) + "\r\n\r\n" + std::string(body));
    }
};

TEST_F(PipelineTest, HandsTheHandlerAllThatItNeeds)
{
    const auto answer = ask("POST /private/a%20b",
                            "Authorization: Bearer 7\r\nX-Forwarded-For: 9.9.9.9, 1.2.3.4, 10.0.0.1\r\n", "body");
    EXPECT_EQ(answer.body, "1.2.3.4 7 a b body");
}

TEST_F(PipelineTest, CountsTheCallerAfterTheGuardAndBeforeTheBody)
{
    EXPECT_EQ(ask("POST /counted").status, 401u);
    EXPECT_EQ(ask("POST /counted", "Authorization: Bearer 7\r\n").status, 200u);
    const auto refused = client.exchange(
        "POST /counted HTTP/1.1\r\nHost: a\r\nAuthorization: Bearer 7\r\nContent-Length: 100000\r\n\r\n");
    EXPECT_EQ(refused.status, 429u);
    EXPECT_EQ(refused.header("Retry-After"), "18");
    EXPECT_EQ(feature.handled, 1);
}

TEST_F(PipelineTest, AsksTheLimitBeforeTheGuardAndTheGuardBeforeTheBody)
{
    const auto too_large = "POST /private/x HTTP/1.1\r\nHost: a\r\nContent-Length: 100000\r\n\r\n";
    EXPECT_EQ(client.exchange(too_large).status, 401u);
    limit.left = 0;
    const int asked = guard.asked;
    RawClient other(server.port());
    const auto answer = other.exchange(too_large);
    EXPECT_EQ(answer.status, 429u);
    EXPECT_EQ(answer.header("Retry-After"), "17");
    EXPECT_EQ(guard.asked, asked);
    EXPECT_EQ(feature.handled, 0);
}

TEST_F(PipelineTest, CountsEverySpellingOfARouteInItsLimit)
{
    limit.left = 1;
    EXPECT_EQ(ask("POST /%6cimited?x=1").status, 200u);
    EXPECT_EQ(ask("POST /limited?x=1").status, 429u);
    EXPECT_EQ(ask("POST /limited%3Fx").status, 404u);
    EXPECT_EQ(ask("POST //limited").status, 404u);
    EXPECT_EQ(ask("POST /limited;x").status, 404u);
    EXPECT_EQ(ask("POST /x/../limited").status, 404u);
}

TEST_F(PipelineTest, AnswersPreflightsWithoutTokenAndWithoutCounting)
{
    limit.left = 0;
    const auto answer =
        ask("OPTIONS /private/x", "Origin: https://app.example.com\r\nAccess-Control-Request-Method: POST\r\n"
                                  "Access-Control-Request-Headers: authorization, traceparent\r\n");
    EXPECT_EQ(answer.status, 200u);
    EXPECT_EQ(answer.body, "OK");
    EXPECT_EQ(answer.header("Access-Control-Allow-Origin"), "https://app.example.com");
    EXPECT_EQ(answer.header("Access-Control-Allow-Headers"), "authorization, traceparent");
    EXPECT_EQ(limit.left, 0);
}

TEST_F(PipelineTest, PutsCorsHeadersOnEveryAnswer)
{
    const auto origin = "Origin: https://app.example.com\r\n";
    limit.left = 1;
    for (const auto& [line, status] : std::vector<std::pair<const char*, unsigned>>{{"POST /private/x", 401},
                                                                                    {"POST /limited", 429},
                                                                                    {"GET /nowhere", 404},
                                                                                    {"GET /limited", 405},
                                                                                    {"GET /broken", 500},
                                                                                    {"GET /unavailable", 503},
                                                                                    {"POST /limited/", 307}}) {
        const auto answer = ask(line, origin);
        EXPECT_EQ(answer.status, status) << line;
        EXPECT_EQ(answer.header("Access-Control-Allow-Origin"), "https://app.example.com") << line;
        EXPECT_THAT(answer.header("Access-Control-Expose-Headers"), HasSubstr("Retry-After")) << line;
        EXPECT_EQ(answer.header("Vary"), "Origin") << line;
    }
    const auto stranger = ask("GET /nowhere", "Origin: https://evil.example\r\n");
    EXPECT_EQ(stranger.header("Access-Control-Allow-Origin"), "(none)");
    EXPECT_EQ(stranger.header("Access-Control-Expose-Headers"), "(none)");
    EXPECT_EQ(stranger.header("Vary"), "Origin");
}

TEST_F(PipelineTest, TellsNothingOfWhatFailed)
{
    for (const auto* line : {"GET /broken", "GET /number"}) {
        const auto answer = ask(line);
        EXPECT_EQ(answer.status, 500u);
        EXPECT_EQ(answer.body, "{\"detail\":\"Internal Server Error\"}");
    }
    const auto answer = ask("GET /unavailable");
    EXPECT_EQ(answer.status, 503u);
    EXPECT_EQ(answer.header("Retry-After"), "1");
    EXPECT_THAT(answer.body, Not(HasSubstr("secret")));
}

TEST_F(PipelineTest, RedirectsWithinTheServerAndKeepsTheQuery)
{
    const auto answer = ask("POST /limited/?a=b&c", "", "body");
    EXPECT_EQ(answer.status, 307u);
    EXPECT_EQ(answer.header("Location"), "/limited?a=b&c");
    EXPECT_EQ(answer.body, "");
}

TEST_F(PipelineTest, SaysWhichMethodsThereAre)
{
    const auto answer = ask("PUT /limited");
    EXPECT_EQ(answer.status, 405u);
    EXPECT_EQ(answer.header("Allow"), "POST");
    EXPECT_EQ(answer.body, "{\"detail\":\"Method Not Allowed\"}");
    EXPECT_EQ(ask("TRACE /limited").status, 405u);
    EXPECT_EQ(ask("GET /limited", "X-HTTP-Method-Override: POST\r\n").status, 405u);
    const auto connect = client.exchange("CONNECT a:443 HTTP/1.1\r\nHost: a\r\n\r\n");
    EXPECT_EQ(connect.status, 405u);
    EXPECT_EQ(connect.header("Allow"), "GET, POST");
}

TEST_F(PipelineTest, GivesEachRequestAnIdOfItsOwn)
{
    const auto one = ask("GET /nowhere", "X-Request-ID: <script>\r\n").header("X-Request-ID");
    const auto other = ask("GET /nowhere").header("X-Request-ID");
    EXPECT_THAT(one, MatchesRegex("[0-9a-f]{32}"));
    EXPECT_NE(one, other);
}

TEST_F(PipelineTest, HardensEveryAnswer)
{
    const auto answer = ask("GET /nowhere");
    EXPECT_EQ(answer.header("X-Content-Type-Options"), "nosniff");
    EXPECT_EQ(answer.header("Content-Security-Policy"), "default-src 'none'; frame-ancestors 'none'");
    EXPECT_EQ(answer.header("Referrer-Policy"), "no-referrer");
    EXPECT_EQ(answer.header("Cross-Origin-Resource-Policy"), "same-origin");
    EXPECT_EQ(answer.header("Cache-Control"), "no-store");
    EXPECT_EQ(answer.header("Server"), "(none)");
    EXPECT_THAT(answer.header("Date"), MatchesRegex("..., .. ... .... ..:..:.. GMT"));
    EXPECT_EQ(ask("GET /headers/a").header("Cache-Control"), "max-age=60");
}

TEST_F(PipelineTest, SendsNoHeaderThatCouldBreakTheAnswer)
{
    EXPECT_EQ(ask("GET /headers/a%0d%0aSet-Cookie:%20x").status, 500u);
    EXPECT_EQ(ask("GET /headers/a%7f").status, 500u);
    EXPECT_EQ(ask("GET /headers/a%20b").header("Content-Disposition"), "inline; filename=a b");
}

}
}
