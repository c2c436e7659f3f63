#include "tests/support/loopback.hpp"

#include <string>

#include <gtest/gtest.h>

namespace watchword::http {
namespace {

using namespace std::chrono_literals;
using tests::Answer;
using tests::LoopbackServer;
using tests::RawClient;

/// Lets nobody in.
struct ClosedGuard final : Guard {
    Task<Result<Caller>> admit(const Request&) override { co_return fail(ErrorCode::not_authenticated); }
};

struct Echo {};

Task<Response> post_echo(Echo&, const Request& request)
{
    co_return plain_text(200, request.body);
}

struct EarlyAnswer : testing::Test {
    Echo echo;
    ClosedGuard guard;
    LoopbackServer server{{
        {"POST", "/echo", nullptr, nullptr, nullptr, bind(post_echo, echo)},
        {"POST", "/private", &guard, nullptr, nullptr, bind(post_echo, echo)},
    }};
    RawClient client{server.port()};
};

std::string post(std::string_view path, std::string_view fields)
{
    return "POST " + std::string(path) + " HTTP/1.1\r\nHost: a\r\n" + std::string(fields) + "\r\n";
}

TEST_F(EarlyAnswer, RefusesABodyByItsLengthBeforeItArrives)
{
    const auto answer = client.exchange(post("/echo", "Content-Length: 1000000000\r\n"));
    EXPECT_EQ(answer.status, 413u);
    EXPECT_EQ(answer.header("Connection"), "close");
}

TEST_F(EarlyAnswer, AcceptsABodyOfJustTheLimit)
{
    const std::string body(64 * 1024, 'x');
    EXPECT_EQ(client.exchange(post("/echo", "Content-Length: 65536\r\n") + body).body, body);
    EXPECT_EQ(client.exchange(post("/echo", "Content-Length: 65537\r\n") + body + 'x').status, 413u);
}

TEST_F(EarlyAnswer, RefusesChunksThatGrowPastTheLimit)
{
    client.send(post("/echo", "Transfer-Encoding: chunked\r\n"));
    std::string chunk = "4000\r\n" + std::string(0x4000, 'x') + "\r\n";
    for (int i = 0; i < 4; ++i) {
        ASSERT_TRUE(client.send(chunk));
    }
    client.send("1\r\n");
    EXPECT_EQ(client.receive().status, 413u);
    client.finish_sending();
    EXPECT_TRUE(client.is_closed());
}

TEST_F(EarlyAnswer, IsSeenByAClientThatGoesOnSending)
{
    const std::string body(1'000'000, 'x');
    for (int i = 0; i < 100; ++i) {
        for (const auto* path : {"/echo", "/private"}) {
            RawClient uploader(server.port());
            uploader.send(post(path, "Content-Length: 1000000\r\n") + body);
            const auto answer = uploader.receive();
            ASSERT_EQ(answer.status, path == std::string_view("/echo") ? 413u : 401u);
            uploader.finish_sending();
            ASSERT_TRUE(uploader.is_closed()) << "was reset";
        }
    }
}

TEST_F(EarlyAnswer, KeepsTheConnectionWhenTheRestIsShort)
{
    const std::string body(10'000, 'x');
    EXPECT_EQ(client.exchange(post("/nowhere", "Content-Length: 10000\r\n") + body).status, 404u);
    EXPECT_EQ(client.exchange(post("/private", "Content-Length: 10000\r\n") + body).status, 401u);
    EXPECT_EQ(client.exchange(post("/nowhere", "Transfer-Encoding: chunked\r\n") + "3\r\nabc\r\n0\r\n\r\n").status,
              404u);
    client.send(post("/nowhere", "Content-Length: 10000\r\n"));
    EXPECT_EQ(client.receive().status, 404u);
    client.send(body);
    EXPECT_EQ(client.exchange(post("/echo", "Content-Length: 3\r\n") + "abc").body, "abc");
}

TEST_F(EarlyAnswer, ClosesWhenTheEndOfTheRestIsUnknown)
{
    EXPECT_EQ(client.exchange(post("/nowhere", "Transfer-Encoding: chunked\r\n") + "3\r\nab").header("Connection"),
              "close");
    client.finish_sending();
    EXPECT_TRUE(client.is_closed());
}

TEST_F(EarlyAnswer, TellsToGoOnOnlyWhenTheBodyIsWanted)
{
    client.send(post("/echo", "Content-Length: 3\r\nExpect: 100-continue\r\n"));
    EXPECT_EQ(client.receive().status, 100u);
    client.send("abc");
    EXPECT_EQ(client.receive().body, "abc");

    client.send(post("/echo", "Transfer-Encoding: chunked\r\nExpect: 100-continue\r\n"));
    EXPECT_EQ(client.receive().status, 100u);
    client.send("1\r\nx\r\n0\r\n\r\n");
    EXPECT_EQ(client.receive().body, "x");

    const auto refused = client.exchange(post("/private", "Content-Length: 3\r\nExpect: 100-continue\r\n"));
    EXPECT_EQ(refused.status, 401u);
    EXPECT_EQ(refused.header("Connection"), "close"); // nobody knows whether three bytes follow
}

TEST_F(EarlyAnswer, DoesNotTellAClientToGoOnThatHasNotWaited)
{
    EXPECT_EQ(client.exchange(post("/echo", "Content-Length: 3\r\nExpect: 100-continue\r\n") + "abc").body, "abc");
}

TEST_F(EarlyAnswer, RefusesOtherExpectationsAndEncodedBodies)
{
    EXPECT_EQ(client.exchange(post("/echo", "Content-Length: 3\r\nExpect: something-else\r\n") + "abc").status, 417u);
    EXPECT_EQ(client.exchange(post("/echo", "Content-Length: 3\r\nContent-Encoding: gzip\r\n") + "abc").status, 415u);
    EXPECT_EQ(client.exchange(post("/echo", "Content-Length: 3\r\nContent-Encoding: identity\r\n") + "abc").status,
              200u);
    EXPECT_EQ(client.exchange(post("/private", "Content-Length: 3\r\nContent-Encoding: gzip\r\n") + "abc").status,
              401u);
}

}
}
