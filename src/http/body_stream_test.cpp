#include "tests/support/loopback.hpp"

#include <string>

#include <gtest/gtest.h>

namespace watchword::http {
namespace {

using namespace std::chrono_literals;
using tests::LoopbackServer;
using tests::RawClient;

/// Counts what is uploaded, and what each piece held at most.
struct Files {
    std::size_t largest_piece = 0;
};

Task<Response> put_file(Files& files, const Request& request)
{
    std::uint64_t bytes = 0;
    while (true) {
        const auto piece = co_await request.body_stream->next();
        if (!piece) {
            co_return failure(piece.error());
        }
        if (piece->empty()) {
            co_return plain_text(200, std::to_string(bytes));
        }
        bytes += piece->size();
        files.largest_piece = std::max(files.largest_piece, piece->size());
    }
}

/// `length` bytes, of which `given` are really there.
class Letters final : public BodySource {
public:
    Letters(std::uint64_t length, std::uint64_t given) : length_(length), left_(given) {}
    std::uint64_t length() const override { return length_; }
    Task<std::string_view> next() override
    {
        if (left_ == 0) {
            throw std::runtime_error("the store is gone; expected in this test");
        }
        const auto size = std::min<std::uint64_t>(left_, piece_.size());
        left_ -= size;
        co_return std::string_view(piece_).substr(0, size);
    }

private:
    std::string piece_ = std::string(50'000, 'x');
    std::uint64_t length_;
    std::uint64_t left_;
};

Response download(std::uint64_t length, std::uint64_t given)
{
    Response response;
    response.source = std::make_shared<Letters>(length, given);
    return response;
}

Task<Response> get_file(Files&, const Request&)
{
    co_return download(1'234'567, 1'234'567);
}

Task<Response> get_broken_file(Files&, const Request&)
{
    co_return download(1'234'567, 200'000);
}

Task<Response> get_large_file(Files&, const Request&)
{
    co_return download(1'000'000'000, 1'000'000'000);
}

std::vector<Route> routes(Files& files)
{
    return {
        {"PUT", "/file", nullptr, nullptr, nullptr, bind(put_file, files), BodyKind::stream, 20'000'000},
        {"GET", "/file", nullptr, nullptr, nullptr, bind(get_file, files)},
        {"HEAD", "/file", nullptr, nullptr, nullptr, bind(get_file, files)},
        {"GET", "/broken", nullptr, nullptr, nullptr, bind(get_broken_file, files)},
        {"GET", "/large", nullptr, nullptr, nullptr, bind(get_large_file, files)},
    };
}

LoopbackServer::Options with(ConnectionOptions connection)
{
    LoopbackServer::Options options;
    options.server.connection = connection;
    return options;
}

TEST(BodyStream, GivesAnUploadInSmallPieces)
{
    Files files;
    LoopbackServer server(routes(files));
    RawClient client(server.port());
    ASSERT_TRUE(client.send("PUT /file HTTP/1.1\r\nHost: a\r\nContent-Length: 10000000\r\n\r\n" +
                            std::string(10'000'000, 'x')));
    EXPECT_EQ(client.receive().body, "10000000");

    std::string chunked;
    for (int i = 0; i < 100; ++i) {
        chunked += "2710;x=y\r\n" + std::string(10'000, 'x') + "\r\n";
    }
    ASSERT_TRUE(
        client.send("PUT /file HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n" + chunked + "0\r\n\r\n"));
    EXPECT_EQ(client.receive().body, "1000000");
    EXPECT_EQ(client.exchange("PUT /file HTTP/1.1\r\nHost: a\r\n\r\n").body, "0");
    EXPECT_LE(files.largest_piece, 64u * 1024);
}

TEST(BodyStream, BoundsAnUploadByItsRoute)
{
    Files files;
    LoopbackServer server(routes(files));
    RawClient announced(server.port());
    EXPECT_EQ(announced.exchange("PUT /file HTTP/1.1\r\nHost: a\r\nContent-Length: 20000001\r\n\r\n").status, 413u);
    RawClient chunked(server.port());
    EXPECT_EQ(
        chunked.exchange("PUT /file HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n1312D00\r\n")
            .status,
        413u);
}

TEST(BodyStream, EndsAnUploadThatIsTooSlow)
{
    Files files;
    LoopbackServer server(routes(files),
                          with({.upload_pace = {.window = 300ms, .bytes = 100}, .linger_timeout = 100ms}));
    RawClient client(server.port());
    client.send("PUT /file HTTP/1.1\r\nHost: a\r\nContent-Length: 1000\r\n\r\n");
    const auto began = Steady::now();
    while (Steady::now() - began < 3s && client.send("x")) { // 20 bytes in a window
        std::this_thread::sleep_for(15ms);
    }
    const auto answer = client.receive();
    EXPECT_EQ(answer.status, 408u);
}

TEST(BodyStream, LetsAnUploadTakeLongerThanAWindow)
{
    Files files;
    LoopbackServer server(routes(files), with({.upload_pace = {.window = 100ms, .bytes = 100}}));
    RawClient client(server.port());
    client.send("PUT /file HTTP/1.1\r\nHost: a\r\nContent-Length: 10000\r\n\r\n");
    for (int i = 0; i < 10; ++i) {
        client.send(std::string(1000, 'x'));
        std::this_thread::sleep_for(50ms);
    }
    EXPECT_EQ(client.receive().body, "10000");
}

TEST(BodyStream, SendsADownloadWhole)
{
    Files files;
    LoopbackServer server(routes(files));
    RawClient client(server.port());
    for (int i = 0; i < 2; ++i) {
        const auto answer = client.exchange("GET /file HTTP/1.1\r\nHost: a\r\n\r\n");
        EXPECT_EQ(answer.status, 200u);
        EXPECT_EQ(answer.body.size(), 1'234'567u);
    }
    client.send("HEAD /file HTTP/1.1\r\nHost: a\r\n\r\n");
    EXPECT_EQ(client.receive(true).header("Content-Length"), "1234567");
    EXPECT_EQ(client.exchange("GET /file HTTP/1.1\r\nHost: a\r\n\r\n").body.size(), 1'234'567u);
}

TEST(BodyStream, CutsADownloadWhoseSourceFails)
{
    Files files;
    LoopbackServer server(routes(files));
    RawClient client(server.port());
    client.send("GET /broken HTTP/1.1\r\nHost: a\r\n\r\n");
    const auto bytes = client.receive_all();
    EXPECT_TRUE(bytes.contains("Content-Length: 1234567\r\n"));
    EXPECT_LE(bytes.size(), 201'000u);
}

TEST(BodyStream, ClosesOnAClientThatStopsReading)
{
    Files files;
    LoopbackServer server(routes(files), with({.answer_pace = {.window = 300ms, .bytes = 1000}}));
    RawClient client(server.port());
    client.send("GET /large HTTP/1.1\r\nHost: a\r\n\r\n");
    client.receive(true);
    const auto began = Steady::now();
    while (server.server().connections() > 0 && Steady::now() - began < 5s) {
        std::this_thread::sleep_for(10ms);
    }
    EXPECT_EQ(server.server().connections(), 0u);
}

}
}
