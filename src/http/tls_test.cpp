#include "http/tls.hpp"

#include "base/start_refused.hpp"
#include "tests/support/loopback.hpp"
#include "tests/support/self_signed.hpp"
#include "tests/support/temporary_folder.hpp"

#include <atomic>
#include <csignal>
#include <fstream>
#include <optional>
#include <thread>

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/steady_timer.hpp>
#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <openssl/ssl.h>
#include <openssl/x509.h>
#include <unistd.h>

namespace watchword::http {
namespace {

using namespace std::chrono_literals;
using testing::HasSubstr;
using tests::LoopbackServer;
using tests::RawClient;

/// A client of TLS whose every wait is bounded.
class TlsClient {
public:
    explicit TlsClient(unsigned short port, int newest = TLS1_3_VERSION, int oldest = TLS1_VERSION,
                       std::string protocols = {})
        : tcp_(port), context_(SSL_CTX_new(TLS_client_method()), SSL_CTX_free)
    {
        SSL_CTX_set_security_level(context_.get(), 0); // ours is the server's to choose
        SSL_CTX_set_min_proto_version(context_.get(), oldest);
        SSL_CTX_set_max_proto_version(context_.get(), newest);
        session_.reset(SSL_new(context_.get()));
        SSL_set_alpn_protos(session_.get(), reinterpret_cast<const unsigned char*>(protocols.data()),
                            static_cast<unsigned>(protocols.size()));
        SSL_set_fd(session_.get(), tcp_.descriptor());
        connected_ = SSL_connect(session_.get()) == 1;
    }

    bool connected() const { return connected_; }
    std::string version() const { return SSL_get_version(session_.get()); }

    std::string protocol() const
    {
        const unsigned char* chosen = nullptr;
        unsigned length = 0;
        SSL_get0_alpn_selected(session_.get(), &chosen, &length);
        return {reinterpret_cast<const char*>(chosen), length};
    }

    std::string name() const
    {
        const std::unique_ptr<X509, decltype(&X509_free)> shown(SSL_get1_peer_certificate(session_.get()), X509_free);
        char text[256] = {};
        X509_NAME_get_text_by_NID(X509_get_subject_name(shown.get()), NID_commonName, text, sizeof text);
        return text;
    }

    void send(std::string_view bytes)
    {
        ASSERT_EQ(SSL_write(session_.get(), bytes.data(), static_cast<int>(bytes.size())),
                  static_cast<int>(bytes.size()));
    }

    /// What comes until `enough` of it is there or the connection ends.
    std::string receive(std::size_t enough = SIZE_MAX)
    {
        std::string all;
        char piece[16 * 1024];
        while (all.size() < enough) {
            const int count = SSL_read(session_.get(), piece, sizeof piece);
            if (count <= 0) {
                ended_in_order_ = SSL_get_error(session_.get(), count) == SSL_ERROR_ZERO_RETURN;
                break;
            }
            all.append(piece, static_cast<std::size_t>(count));
        }
        return all;
    }

    /// Changes the key so many times, or until the other side has enough of it.
    void change_keys(int times)
    {
        for (int i = 0; i < times; ++i) {
            if (SSL_key_update(session_.get(), SSL_KEY_UPDATE_NOT_REQUESTED) != 1 ||
                SSL_do_handshake(session_.get()) != 1) {
                return;
            }
        }
    }

    void try_to_send(std::string_view bytes)
    {
        SSL_write(session_.get(), bytes.data(), static_cast<int>(bytes.size()));
    }

    bool ended_in_order() const { return ended_in_order_; }
    void break_off() { tcp_.finish_sending(); }

private:
    RawClient tcp_;
    std::unique_ptr<SSL_CTX, decltype(&SSL_CTX_free)> context_;
    std::unique_ptr<SSL, decltype([](SSL* session) { SSL_free(session); })> session_;
    bool connected_ = false;
    bool ended_in_order_ = false;
};

Task<Response> get_long(const std::string& text, const Request&)
{
    co_return plain_text(200, text);
}

Task<Response> put_length(std::string& received, const Request& request)
{
    received = request.body;
    co_return plain_text(200, std::to_string(request.body.size()));
}

struct Latch {
    std::atomic<bool> waiting{false};
    std::atomic<bool> open{false};
    std::atomic<bool> answered{false};
};

/// Takes a piece of the body, waits until the test lets it go on, and asks for the next one.
Task<Response> post_latched(Latch& latch, const Request& request)
{
    co_await request.body_stream->next();
    latch.waiting = true;
    asio::steady_timer pause(co_await asio::this_coro::executor);
    while (!latch.open) {
        pause.expires_after(1ms);
        co_await pause.async_wait(asio::as_tuple(asio::use_awaitable));
    }
    co_await request.body_stream->next();
    latch.answered = true;
    co_return plain_text(200, "late");
}

template <class Condition>
bool soon(Condition condition)
{
    for (const auto until = Steady::now() + 5s; Steady::now() < until; std::this_thread::sleep_for(1ms)) {
        if (condition()) {
            return true;
        }
    }
    return false;
}

class TlsTest : public testing::Test {
protected:
    static constexpr std::string_view ask = "GET /long HTTP/1.1\r\nHost: a\r\n\r\n";
    static constexpr std::string_view ask_last = "GET /long HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n";

    tests::TemporaryFolder folder;
    tests::SelfSigned files = tests::make_self_signed(folder.path(), "first.example");
    TlsCertificate certificate{files.certificate, files.key};
    const std::string text = std::string(3'000'000, 'x');
    std::string received;
    Latch latch;

    TlsTest() { std::signal(SIGPIPE, SIG_IGN); }

    LoopbackServer::Options options()
    {
        LoopbackServer::Options options;
        options.server.stop_timeout = 200ms;
        options.server.connection.certificate = &certificate;
        options.server.connection.header_timeout = 300ms;
        options.server.connection.answer_lines = "Strict-Transport-Security: max-age=60\r\n";
        return options;
    }

    std::vector<Route> routes()
    {
        return {{"GET", "/long", nullptr, nullptr, nullptr, http::bind(get_long, text)},
                {"POST", "/latched", nullptr, nullptr, nullptr, http::bind(post_latched, latch), BodyKind::stream},
                {"POST", "/length", nullptr, nullptr, nullptr, http::bind(put_length, received)}};
    }

    LoopbackServer server{routes(), options()};
};

TEST_F(TlsTest, AnswersMoreThanTheKernelTakesAtOnce)
{
    TlsClient client(server.port());
    ASSERT_TRUE(client.connected());
    client.send(ask);
    client.send(ask_last);
    const auto answers = client.receive();
    EXPECT_THAT(answers.substr(0, 200), HasSubstr("HTTP/1.1 200 OK"));
    EXPECT_THAT(answers.substr(0, 1000), HasSubstr("\r\nStrict-Transport-Security: max-age=60\r\n"));
    EXPECT_GT(answers.size(), 2 * text.size());
    EXPECT_TRUE(client.ended_in_order());
}

TEST_F(TlsTest, SpeaksOnlyTheVersionsThatAreSound)
{
    EXPECT_EQ(TlsClient(server.port()).version(), "TLSv1.3");
    EXPECT_EQ(TlsClient(server.port(), TLS1_2_VERSION).version(), "TLSv1.2");
    EXPECT_FALSE(TlsClient(server.port(), TLS1_1_VERSION).connected());
    EXPECT_FALSE(TlsClient(server.port(), TLS1_VERSION).connected());
}

TEST_F(TlsTest, AgreesOnHttp11OrNothing)
{
    const std::string http_1_1 = "\x08http/1.1";
    const std::string h2 = "\x02h2";
    EXPECT_EQ(TlsClient(server.port(), TLS1_3_VERSION, TLS1_2_VERSION, h2 + http_1_1).protocol(), "http/1.1");
    EXPECT_TRUE(TlsClient(server.port()).connected());
    EXPECT_FALSE(TlsClient(server.port(), TLS1_3_VERSION, TLS1_2_VERSION, h2).connected());
}

TEST_F(TlsTest, ShowsANewCertificateAndKeepsOpenConnections)
{
    TlsClient old(server.port());
    EXPECT_EQ(old.name(), "first.example");
    const auto second = tests::make_self_signed(folder.path(), "second.example");
    std::filesystem::rename(second.certificate, files.certificate);
    EXPECT_THROW(certificate.reload(), StartRefused); // the key of the first does not fit
    EXPECT_EQ(TlsClient(server.port()).name(), "first.example");
    std::filesystem::rename(second.key, files.key);
    certificate.reload();
    EXPECT_EQ(TlsClient(server.port()).name(), "second.example");
    old.send(ask_last);
    EXPECT_GT(old.receive().size(), text.size());
}

TEST_F(TlsTest, RefusesFilesThatDoNotBelongTogetherWithTheNameOfOne)
{
    const auto other = tests::make_self_signed(folder.path(), "other.example");
    const auto reason = [](const std::string& certificate_file, const std::string& key_file) {
        try {
            TlsCertificate(certificate_file, key_file);
        } catch (const StartRefused& refused) {
            return std::string(refused.what());
        }
        return std::string("accepted");
    };
    EXPECT_THAT(reason(files.certificate, other.key),
                HasSubstr("TLS_KEY_FILE (" + other.key.string() + "): key values"));
    EXPECT_THAT(reason(files.key, files.key), HasSubstr("TLS_CERT_FILE (" + files.key.string()));
    EXPECT_THAT(reason(files.certificate, files.certificate), HasSubstr("TLS_KEY_FILE ("));
    EXPECT_THAT(reason(folder.path() / "none.pem", files.key), HasSubstr("TLS_CERT_FILE ("));
}

TEST_F(TlsTest, KnowsHowLongItsCertificateIsGood)
{
    EXPECT_GT(certificate.time_left(), std::chrono::days{29});
    EXPECT_LE(certificate.time_left(), std::chrono::days{30});
}

TEST_F(TlsTest, TellsAClientThatSpeaksPlainHttp)
{
    RawClient client(server.port());
    const auto answer = client.exchange(ask);
    EXPECT_EQ(answer.status, 400u);
    EXPECT_EQ(answer.body, R"({"detail":"This port speaks TLS: use https"})");
    EXPECT_TRUE(client.is_closed());
}

TEST_F(TlsTest, CutsAHandshakeThatDoesNotComeInTime)
{
    RawClient silent(server.port());
    RawClient slow(server.port());
    slow.send("\x16\x03\x01");
    EXPECT_TRUE(silent.is_closed());
    EXPECT_TRUE(slow.is_closed());
}

TEST_F(TlsTest, NeverTakesACutBodyForAWholeOne)
{
    TlsClient client(server.port());
    client.send("POST /length HTTP/1.1\r\nHost: a\r\nContent-Length: 10\r\n\r\n12345");
    client.break_off();
    EXPECT_EQ(client.receive(), "");
    EXPECT_EQ(received, "");
}

TEST_F(TlsTest, StopsInOrder)
{
    TlsClient idle(server.port());
    ASSERT_TRUE(idle.connected());
    auto& stopped = server.begin_stop();
    EXPECT_EQ(stopped.wait_for(5s), std::future_status::ready);
    EXPECT_EQ(idle.receive(), "");
    EXPECT_TRUE(idle.ended_in_order());
}

TEST_F(TlsTest, ReadsNothingFromADescriptorThatItHasClosed)
{
    TlsClient client(server.port());
    client.send("POST /latched HTTP/1.1\r\nHost: a\r\nContent-Length: 10\r\n\r\n12345");
    ASSERT_TRUE(soon([&] { return latch.waiting.load(); }));
    server.begin_stop();
    EXPECT_EQ(client.receive(), ""); // cut at the end of the stop timeout, while the handler still works

    // The next files get the numbers of the sockets that were just closed.
    std::vector<int> others;
    for (int i = 0; i < 8; ++i) {
        others.push_back(::open(files.certificate.c_str(), O_RDONLY | O_CLOEXEC));
    }
    latch.open = true;
    EXPECT_TRUE(soon([&] { return latch.answered.load(); }));
    for (const int other : others) {
        EXPECT_EQ(::lseek(other, 0, SEEK_CUR), 0);
        ::close(other);
    }
}

TEST_F(TlsTest, EndsAFloodOfNewKeys)
{
    TlsClient honest(server.port());
    for (int i = 0; i < 100; ++i) {
        honest.change_keys(1);
        honest.send("GET /nowhere HTTP/1.1\r\nHost: a\r\n\r\n");
        ASSERT_THAT(honest.receive(1), HasSubstr(" 404 "));
    }
    TlsClient flooding(server.port());
    flooding.change_keys(5000);
    flooding.try_to_send("GET /nowhere HTTP/1.1\r\nHost: a\r\n\r\n");
    EXPECT_EQ(flooding.receive(1), "");
}

TEST(Draining, AnswersOnceMoreOnEachConnectionAndOnNewOnes)
{
    const std::string text = "here";
    LoopbackServer server({{"GET", "/long", nullptr, nullptr, nullptr, http::bind(get_long, text)}});
    const std::string_view ask = "GET /long HTTP/1.1\r\nHost: a\r\n\r\n";
    RawClient idle(server.port());
    EXPECT_EQ(idle.exchange(ask).header("Connection"), "(none)");
    server.server().drain();
    auto last = idle.exchange(ask);
    for (int i = 0; i < 100 && last.header("Connection") != "close"; ++i) { // its thread is being told
        last = idle.exchange(ask);
    }
    EXPECT_EQ(last.status, 200u);
    EXPECT_EQ(last.header("Connection"), "close");
    RawClient fresh(server.port());
    EXPECT_EQ(fresh.exchange(ask).status, 200u);
    EXPECT_TRUE(idle.is_closed());
}

}
}
