#include "tests/support/loopback.hpp"

#include <atomic>
#include <string>

#include <gtest/gtest.h>

namespace watchword::http {
namespace {

using namespace std::chrono_literals;
using tests::Answer;
using tests::LoopbackServer;
using tests::RawClient;

/// What the routes of these tests do: they count what reached them, and repeat what they were sent.
struct Echo {
    std::atomic<int> requests{0};
};

Task<Response> get_text(Echo& echo, const Request& request)
{
    ++echo.requests;
    co_return plain_text(200, "hello " + request.query);
}

Task<Response> post_echo(Echo& echo, const Request& request)
{
    ++echo.requests;
    co_return plain_text(200, request.body);
}

Task<Response> get_authorization(Echo& echo, const Request& request)
{
    ++echo.requests;
    co_return plain_text(200, request.header("Authorization").value_or("nobody"));
}

std::vector<Route> routes(Echo& echo)
{
    return {
        {"GET", "/", nullptr, nullptr, nullptr, bind(get_text, echo)},
        {"HEAD", "/", nullptr, nullptr, nullptr, bind(get_text, echo)},
        {"POST", "/echo", nullptr, nullptr, nullptr, bind(post_echo, echo)},
        {"POST", "/who", nullptr, nullptr, nullptr, bind(get_authorization, echo)},
    };
}

LoopbackServer::Options with(ConnectionOptions connection)
{
    LoopbackServer::Options options;
    options.server.connection = connection;
    return options;
}

TEST(Connection, AnswersRequestAfterRequest)
{
    Echo echo;
    LoopbackServer server(routes(echo));
    RawClient client(server.port());
    for (const auto* name : {"a", "b", "c"}) {
        const auto answer = client.exchange("GET /?" + std::string(name) + " HTTP/1.1\r\nHost: a\r\n\r\n");
        EXPECT_EQ(answer.status, 200u);
        EXPECT_EQ(answer.body, "hello " + std::string(name));
        EXPECT_EQ(answer.header("Connection"), "(none)");
    }
    const auto last = client.exchange("GET /?d HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n");
    EXPECT_EQ(last.header("Connection"), "close");
    EXPECT_TRUE(client.is_closed());
}

TEST(Connection, AnswersAHundredPipelinedRequestsInOrder)
{
    Echo echo;
    LoopbackServer server(routes(echo));
    std::string requests;
    for (int i = 0; i < 100; ++i) {
        requests += "POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: 4\r\n\r\n" + std::to_string(1000 + i);
    }
    for (const std::size_t piece : {requests.size(), std::size_t{1000}, std::size_t{61}}) {
        RawClient client(server.port());
        for (std::size_t at = 0; at < requests.size(); at += piece) {
            client.send(std::string_view(requests).substr(at, piece));
        }
        for (int i = 0; i < 100; ++i) {
            ASSERT_EQ(client.receive().body, std::to_string(1000 + i));
        }
    }
}

TEST(Connection, UnderstandsARequestThatArrivesByteByByte)
{
    Echo echo;
    LoopbackServer server(routes(echo));
    RawClient client(server.port());
    for (const char c : std::string_view(
             "POST /echo HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\n\r\n")) {
        client.send({&c, 1});
    }
    EXPECT_EQ(client.receive().body, "abc");
}

TEST(Connection, FollowsTheRulesOfHttp10)
{
    Echo echo;
    LoopbackServer server(routes(echo));
    RawClient once(server.port());
    EXPECT_EQ(once.exchange("GET / HTTP/1.0\r\n\r\n").header("Connection"), "close");
    EXPECT_TRUE(once.is_closed());
    RawClient again(server.port());
    EXPECT_EQ(again.exchange("GET / HTTP/1.0\r\nConnection: keep-alive\r\n\r\n").header("Connection"), "keep-alive");
    EXPECT_EQ(again.exchange("GET / HTTP/1.0\r\n\r\n").status, 200u);
}

TEST(Connection, SendsNoBodyToHead)
{
    Echo echo;
    LoopbackServer server(routes(echo));
    RawClient client(server.port());
    client.send("HEAD /?x HTTP/1.1\r\nHost: a\r\n\r\nGET /?y HTTP/1.1\r\nHost: a\r\n\r\n");
    EXPECT_EQ(client.receive(true).header("Content-Length"), "7");
    EXPECT_EQ(client.receive().body, "hello y");
    EXPECT_EQ((client.send("HEAD /echo HTTP/1.1\r\nHost: a\r\n\r\n"), client.receive(true).status), 405u);
    EXPECT_EQ(client.exchange("GET /?z HTTP/1.1\r\nHost: a\r\n\r\n").body, "hello z");
}

TEST(Connection, AnswersAClientThatHasFinishedSending)
{
    Echo echo;
    LoopbackServer server(routes(echo));
    RawClient client(server.port());
    client.send("GET /?x HTTP/1.1\r\nHost: a\r\n\r\n");
    client.finish_sending();
    EXPECT_EQ(client.receive().body, "hello x");
    EXPECT_TRUE(client.is_closed());
}

TEST(Connection, NeverAnswersWhatIsSmuggledBehindWrongFraming)
{
    Echo echo;
    LoopbackServer server(routes(echo));
    const std::string hidden = "GET /?hidden HTTP/1.1\r\nHost: a\r\n\r\n";
    for (const auto* fields :
         {"Content-Length: 6\r\nTransfer-Encoding: chunked\r\n", "Transfer-Encoding: chunked\r\nContent-Length: 6\r\n",
          "Transfer-Encoding: gzip\r\nContent-Length: 5\r\n", "Transfer-Encoding: identity\r\n",
          "Content-Length: 5\r\nContent-Length: 6\r\n", "Content-Length: +5\r\n", "Content-Length : 5\r\n",
          "Transfer-Encoding:\r\n chunked\r\n"}) {
        RawClient client(server.port());
        client.send("POST /echo HTTP/1.1\r\nHost: a\r\n" + std::string(fields) + "\r\n0\r\n\r\n" + hidden);
        const auto answer = client.receive();
        EXPECT_EQ(answer.status, 400u) << fields;
        EXPECT_TRUE(answer.body.starts_with("{\"detail\":\"")) << answer.body;
        EXPECT_EQ(answer.header("Connection"), "close");
        EXPECT_TRUE(client.is_closed()) << fields;
    }
    EXPECT_EQ(echo.requests, 0);
}

TEST(Connection, TakesNothingFromTrailers)
{
    Echo echo;
    LoopbackServer server(routes(echo));
    RawClient client(server.port());
    const auto answer =
        client.exchange("POST /who HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\nTrailer: Authorization\r\n\r\n"
                        "1\r\nx\r\n0\r\nAuthorization: Bearer x\r\nContent-Length: 9\r\n\r\n");
    EXPECT_EQ(answer.body, "nobody");
    EXPECT_EQ(client.exchange("GET /?x HTTP/1.1\r\nHost: a\r\n\r\n").body, "hello x");
}

TEST(Connection, ClosesBehindAChunkedBodyThatIsWrong)
{
    Echo echo;
    LoopbackServer server(routes(echo));
    for (const auto* body : {"0x5\r\nhello\r\n0\r\n\r\n", "5\r\nhelloGET / HTTP/1.1\r\n", "5\nhello\n0\n\n"}) {
        RawClient client(server.port());
        const auto answer =
            client.exchange("POST /echo HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n" + std::string(body));
        EXPECT_EQ(answer.status, 400u) << body;
        EXPECT_TRUE(client.is_closed()) << body;
    }
    EXPECT_EQ(echo.requests, 0);
}

TEST(Connection, ClosesOnAHeadThatDripsIn)
{
    Echo echo;
    LoopbackServer server(routes(echo), with({.header_timeout = 300ms}));
    RawClient client(server.port());
    const auto began = Steady::now();
    const std::string_view bytes = "GET / HTTP/1.1\r\nHost: aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa";
    for (std::size_t i = 0; i < bytes.size() && client.send(bytes.substr(i, 1)) && Steady::now() - began < 600ms; ++i) {
        std::this_thread::sleep_for(20ms);
    }
    EXPECT_TRUE(client.receive_all().starts_with("HTTP/1.1 408 "));
    EXPECT_LT(Steady::now() - began, 1500ms);
}

TEST(Connection, SaysNothingWhenItClosesAnIdleConnection)
{
    Echo echo;
    LoopbackServer server(routes(echo), with({.idle_timeout = 200ms}));
    RawClient fresh(server.port());
    RawClient used(server.port());
    used.exchange("GET / HTTP/1.1\r\nHost: a\r\n\r\n");
    EXPECT_TRUE(fresh.is_closed());
    EXPECT_TRUE(used.is_closed());
}

TEST(Connection, AnswersABodyThatDoesNotArrive)
{
    Echo echo;
    LoopbackServer server(routes(echo), with({.body_timeout = 200ms, .linger_timeout = 200ms}));
    RawClient client(server.port());
    const auto answer = client.exchange("POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: 10\r\n\r\nhello");
    EXPECT_EQ(answer.status, 408u);
    EXPECT_EQ(answer.header("Connection"), "close");
    EXPECT_TRUE(client.is_closed());
    EXPECT_EQ(echo.requests, 0);
}

TEST(Connection, RefusesHeadsBeyondTheLimits)
{
    Echo echo;
    LoopbackServer server(routes(echo), {.cors = Cors({"https://app.example.com"})});
    RawClient target(server.port());
    EXPECT_EQ(target.exchange("GET /" + std::string(5000, 'a') + " HTTP/1.1\r\nHost: a\r\n\r\n").status, 414u);
    EXPECT_TRUE(target.is_closed());
    RawClient large(server.port());
    const auto answer = large.exchange("GET / HTTP/1.1\r\nHost: a\r\nOrigin: https://app.example.com\r\nX: " +
                                       std::string(100'000, 'a'));
    EXPECT_EQ(answer.status, 431u);
    EXPECT_EQ(answer.header("Access-Control-Allow-Origin"), "https://app.example.com");
    EXPECT_EQ(echo.requests, 0);
}

TEST(Connection, IgnoresAnUpgrade)
{
    Echo echo;
    LoopbackServer server(routes(echo));
    RawClient client(server.port());
    EXPECT_EQ(client.exchange("GET / HTTP/1.1\r\nHost: a\r\nConnection: Upgrade\r\nUpgrade: h2c\r\n\r\n").status, 200u);
    RawClient preface(server.port());
    EXPECT_EQ(preface.exchange("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n").status, 505u);
    EXPECT_TRUE(preface.is_closed());
}

}
}
