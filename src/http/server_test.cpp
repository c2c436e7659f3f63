#include "tests/support/loopback.hpp"

#include <atomic>
#include <ctime>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/steady_timer.hpp>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/resource.h>
#include <unistd.h>

namespace watchword::http {
namespace {

using namespace std::chrono_literals;
using testing::HasSubstr;
using tests::LoopbackServer;
using tests::RawClient;

/// A handler that waits until the test lets it go on.
struct Latch {
    std::atomic<int> waiting{0};
    std::atomic<bool> open{false};
};

Task<Response> get_latched(Latch& latch, const Request&)
{
    ++latch.waiting;
    asio::steady_timer pause(co_await asio::this_coro::executor);
    while (!latch.open) {
        pause.expires_after(5ms);
        co_await pause.async_wait(asio::as_tuple(asio::use_awaitable));
    }
    co_return plain_text(200, "late");
}

Task<Response> get_quick(Latch&, const Request&)
{
    co_return plain_text(200, "quick");
}

std::vector<Route> routes(Latch& latch)
{
    return {
        {"GET", "/latched", nullptr, nullptr, nullptr, bind(get_latched, latch)},
        {"GET", "/quick", nullptr, nullptr, nullptr, bind(get_quick, latch)},
    };
}

constexpr std::string_view ask_latched = "GET /latched HTTP/1.1\r\nHost: a\r\n\r\n";
constexpr std::string_view ask_quick = "GET /quick HTTP/1.1\r\nHost: a\r\n\r\n";

template <class Condition>
bool soon(Condition condition)
{
    for (const auto until = Steady::now() + 5s; Steady::now() < until; std::this_thread::sleep_for(2ms)) {
        if (condition()) {
            return true;
        }
    }
    return false;
}

LoopbackServer::Options with(ServerOptions server)
{
    LoopbackServer::Options options;
    options.server = server;
    return options;
}

std::size_t open_descriptors()
{
    return static_cast<std::size_t>(
        std::distance(std::filesystem::directory_iterator("/proc/self/fd"), std::filesystem::directory_iterator()));
}

TEST(Server, SendsAnAnswerWithoutWaitingForTheRequestBehindIt)
{
    Latch latch;
    LoopbackServer server(routes(latch));
    RawClient client(server.port());
    client.send(std::string(ask_quick) + std::string(ask_quick) + std::string(ask_latched));
    EXPECT_EQ(client.receive().body, "quick");
    EXPECT_EQ(client.receive().body, "quick");
    latch.open = true;
    EXPECT_EQ(client.receive().body, "late");
}

TEST(Server, ServesOthersWhileARequestWaits)
{
    Latch latch;
    LoopbackServer server(routes(latch));
    std::vector<std::unique_ptr<RawClient>> waiting;
    for (int i = 0; i < 20; ++i) {
        waiting.push_back(std::make_unique<RawClient>(server.port()));
        waiting.back()->send(ask_latched);
    }
    RawClient client(server.port());
    EXPECT_EQ(client.exchange(ask_quick).body, "quick");
    latch.open = true;
    for (auto& one : waiting) {
        EXPECT_EQ(one->receive().body, "late");
    }
}

TEST(Server, LetsRequestsUnderWayEndWhenItStops)
{
    Latch latch;
    LoopbackServer server(routes(latch));
    RawClient busy(server.port());
    busy.send(ask_latched);
    RawClient idle(server.port());
    idle.exchange(ask_quick);
    RawClient fresh(server.port());
    ASSERT_TRUE(soon([&] { return latch.waiting == 1 && server.server().connections() == 3; }));

    auto& stopped = server.begin_stop();
    EXPECT_TRUE(idle.is_closed());
    EXPECT_TRUE(fresh.is_closed());
    EXPECT_THROW(RawClient{server.port()}, std::exception);
    EXPECT_EQ(stopped.wait_for(0s), std::future_status::timeout);

    latch.open = true;
    const auto answer = busy.receive();
    EXPECT_EQ(answer.body, "late");
    EXPECT_EQ(answer.header("Connection"), "close");
    EXPECT_TRUE(busy.is_closed());
    EXPECT_EQ(stopped.wait_for(5s), std::future_status::ready);
    EXPECT_EQ(server.server().connections(), 0u);
}

TEST(Server, ClosesWhatDoesNotEndInTime)
{
    Latch latch;
    LoopbackServer server(routes(latch), with({.stop_timeout = 200ms}));
    RawClient half(server.port());
    half.send("GET /quick HT");
    RawClient busy(server.port());
    busy.send(ask_latched);
    ASSERT_TRUE(soon([&] { return latch.waiting == 1 && server.server().connections() == 2; }));
    auto& stopped = server.begin_stop();
    EXPECT_TRUE(half.is_closed());
    EXPECT_TRUE(busy.is_closed());
    latch.open = true;
    EXPECT_EQ(stopped.wait_for(5s), std::future_status::ready);
}

TEST(Server, RefusesConnectionsBeyondTheLimit)
{
    Latch latch;
    LoopbackServer server(routes(latch), with({.connections_max = 2}));
    auto one = std::make_unique<RawClient>(server.port());
    RawClient two(server.port());
    EXPECT_EQ(one->exchange(ask_quick).status, 200u);
    EXPECT_EQ(two.exchange(ask_quick).status, 200u);
    RawClient three(server.port());
    const auto answer = three.receive();
    EXPECT_EQ(answer.status, 503u);
    EXPECT_EQ(answer.header("Retry-After"), "1");
    EXPECT_EQ(answer.body, "{\"detail\":\"Too many connections\"}");
    EXPECT_TRUE(three.is_closed());
    EXPECT_EQ(two.exchange(ask_quick).status, 200u);
    one.reset();
    ASSERT_TRUE(soon([&] { return server.server().connections() == 1; }));
    RawClient four(server.port());
    EXPECT_EQ(four.exchange(ask_quick).status, 200u);
}

/// Lets the process open `count` more descriptors, until the end of the scope.
class DescriptorsLeft {
public:
    explicit DescriptorsLeft(rlim_t count)
    {
        ::getrlimit(RLIMIT_NOFILE, &before_);
        const int next = ::dup(0);
        ::close(next);
        const rlimit low{.rlim_cur = static_cast<rlim_t>(next) + count, .rlim_max = before_.rlim_max};
        ::setrlimit(RLIMIT_NOFILE, &low);
    }
    ~DescriptorsLeft() { ::setrlimit(RLIMIT_NOFILE, &before_); }

private:
    rlimit before_{};
};

TEST(Server, SurvivesTheEndOfDescriptors)
{
#if __has_feature(undefined_behavior_sanitizer)
    GTEST_SKIP() << "this sanitizer opens a pipe to look at memory, and takes its own failure for ours";
#endif
    Latch latch;
    LoopbackServer server(routes(latch));
    RawClient before(server.port());
    EXPECT_EQ(before.exchange(ask_quick).status, 200u);
    std::optional<DescriptorsLeft> left(1);
    RawClient waiting(server.port()); // has taken the last one: nothing is left for the server's end
    waiting.send(ask_quick);
    const auto worked_before = std::clock();
    std::this_thread::sleep_for(300ms);
    const auto worked = std::chrono::milliseconds((std::clock() - worked_before) * 1000 / CLOCKS_PER_SEC);
    EXPECT_LT(worked, 100ms);
    EXPECT_EQ(server.server().connections(), 1u);
    EXPECT_EQ(before.exchange(ask_quick).status, 200u);
    left.reset();
    EXPECT_EQ(waiting.receive().body, "quick");
}

TEST(Server, LosesNothingToClientsThatBreakOff)
{
    Latch latch;
    latch.open = true;
    LoopbackServer server(routes(latch));
    RawClient(server.port()).exchange(ask_quick);
    ASSERT_TRUE(soon([&] { return server.server().connections() == 0; }));
    const auto descriptors = open_descriptors();
    for (int i = 0; i < 500; ++i) {
        for (const std::string_view bytes :
             {std::string_view("GET /quick HTTP/1.1\r\nHo"),
              std::string_view("POST /quick HTTP/1.1\r\nHost: a\r\nContent-Length: 9\r\n\r\nabc"), ask_latched,
              std::string_view()}) {
            RawClient client(server.port());
            client.send(bytes);
            if (i % 2 == 0) {
                client.reset_at_the_end();
            }
        }
    }
    EXPECT_TRUE(soon([&] { return server.server().connections() == 0; }));
    EXPECT_TRUE(soon([&] { return open_descriptors() == descriptors; }))
        << open_descriptors() << " and not " << descriptors;
    RawClient client(server.port());
    EXPECT_EQ(client.exchange(ask_quick).status, 200u);
}

std::string refusal_of(const std::vector<asio::ip::tcp::endpoint>& addresses)
{
    IoThreads threads(1);
    const Router router({});
    const Pipeline pipeline(router, {}, {});
    try {
        const Server server(threads, addresses, pipeline);
    } catch (const std::runtime_error& error) {
        return error.what();
    }
    return "(accepted)";
}

TEST(Server, SaysInOneLineWhyItCannotListen)
{
    Latch latch;
    LoopbackServer server(routes(latch));
    const auto port = std::to_string(server.port());
    EXPECT_EQ(refusal_of({{asio::ip::address_v4::loopback(), server.port()}}),
              "cannot listen on 127.0.0.1:" + port + ": another program listens there; stop it or choose another port");
    EXPECT_EQ(refusal_of({{asio::ip::make_address("192.0.2.1"), 0}}),
              "cannot listen on 192.0.2.1:0: this machine has no such address");
    EXPECT_THAT(refusal_of({{asio::ip::make_address("::"), server.port()}}),
                HasSubstr("cannot listen on [::]:" + port));
}

TEST(Server, ListensOnSeveralAddressesAndOnBothProtocols)
{
    Latch latch;
    IoThreads threads(2);
    const Router router(routes(latch));
    const Pipeline pipeline(router, {}, {});
    Server server(threads, {{asio::ip::address_v6::any(), 0}, {asio::ip::address_v4::loopback(), 0}}, pipeline);
    server.start();
    threads.start();
    for (const auto& address : server.addresses()) {
        RawClient client(address.port()); // over IPv4, to [::] as well
        EXPECT_EQ(client.exchange(ask_quick).status, 200u);
    }
    std::promise<void> stopped;
    asio::co_spawn(threads.context(0), server.stop(), [&](std::exception_ptr) { stopped.set_value(); });
    stopped.get_future().wait();
    threads.join();
}

}
}
