#include "base/unavailable.hpp"
#include "tests/support/postgres_database.hpp"

#include <algorithm>
#include <array>
#include <atomic>
#include <functional>
#include <future>
#include <optional>
#include <thread>
#include <vector>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/posix/stream_descriptor.hpp>
#include <boost/asio/post.hpp>

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

namespace watchword::postgres {
namespace {

using namespace std::chrono_literals;
using Steady = std::chrono::steady_clock;
using tests::PostgresDatabase;
using tests::PostgresServer;

bool soon(std::chrono::milliseconds time, const std::function<bool()>& condition)
{
    for (const auto until = Steady::now() + time; Steady::now() < until; std::this_thread::sleep_for(10ms)) {
        if (condition()) {
            return true;
        }
    }
    return false;
}

/// A host on 127.0.0.1 that answers nothing, not even the first packet: its queue of connections is full.
class BlackHole {
public:
    BlackHole()
    {
        auto* const address = reinterpret_cast<::sockaddr*>(&address_);
        ::bind(listener_, address, sizeof address_);
        ::socklen_t size = sizeof address_;
        ::getsockname(listener_, address, &size);
        ::listen(listener_, 0);
        for (auto& filler : fillers_) {
            filler = ::socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0);
            ::connect(filler, address, sizeof address_);
        }
        std::this_thread::sleep_for(50ms);
    }
    ~BlackHole()
    {
        for (const int filler : fillers_) {
            ::close(filler);
        }
        ::close(listener_);
    }

    BlackHole(const BlackHole&) = delete;
    BlackHole& operator=(const BlackHole&) = delete;

    std::uint16_t port() const { return ntohs(address_.sin_port); }

private:
    ::sockaddr_in address_{.sin_family = AF_INET, .sin_addr = {htonl(INADDR_LOOPBACK)}};
    int listener_ = ::socket(AF_INET, SOCK_STREAM, 0);
    std::array<int, 4> fillers_{};
};

class DatabaseFaultsTest : public testing::Test {
protected:
    PostgresServer server;
    std::string url = server.new_database();
    PostgresDatabase database{url};

    bool writes()
    {
        try {
            database.write("SELECT 1");
            return true;
        } catch (const Unavailable&) {
            return false;
        }
    }

    bool reads()
    {
        try {
            database.read("SELECT 1");
            return true;
        } catch (const Unavailable&) {
            return false;
        }
    }
};

TEST_F(DatabaseFaultsTest, RefusesAtOnceWhileTheServerIsGoneAndRecoversWithinTwoSeconds)
{
    ASSERT_TRUE(writes() && reads());
    server.kill();
    ASSERT_TRUE(soon(3s, [&] { return !writes() && !reads(); }));
    const auto began = Steady::now();
    for (int i = 0; i < 20; ++i) {
        EXPECT_FALSE(writes());
    }
    EXPECT_LT(Steady::now() - began, 500ms);
    server.start();
    EXPECT_TRUE(soon(2s, [&] { return writes() && reads(); }));
}

TEST_F(DatabaseFaultsTest, KeepsDeadlinesWhileTheServerIsFrozen)
{
    ASSERT_TRUE(writes() && reads());
    server.freeze();
    const auto began = Steady::now();
    EXPECT_THROW(tests::run_task(database.get().read("SELECT 1", Deadline::after(300ms))), Unavailable);
    EXPECT_LT(Steady::now() - began, 600ms);
    server.thaw();
    EXPECT_TRUE(soon(2s, [&] { return writes() && reads(); }));
}

TEST_F(DatabaseFaultsTest, LooksForTheServerWhicheverConnectionMissesIt)
{
    PostgresDatabase wide(
        url, {.connection = PostgresDatabase::options(url), .write_connections = 12, .extra_connections = 0});
    const auto write = [&] {
        Flight flight;
        flight.add("SELECT 1");
        try {
            tests::run_task(wide.get().write(std::move(flight), Deadline::after(300ms)));
            return true;
        } catch (const Unavailable&) {
            return false;
        }
    };
    ASSERT_TRUE(soon(2s, write));
    server.freeze();
    {
        // The first ones are on connections, which are soon given up. Others wait for new ones, which cannot be opened
        // but try for two seconds.
        std::vector<std::jthread> writers;
        for (int i = 0; i < 5; ++i) {
            writers.emplace_back([&] { EXPECT_FALSE(write()); });
            std::this_thread::sleep_for(20ms);
        }
    }
    std::this_thread::sleep_for(2'200ms);
    server.thaw();
    EXPECT_TRUE(soon(2s, write));
}

TEST_F(DatabaseFaultsTest, LeavesAServerThatTakesNoMoreWrites)
{
    server.run("CREATE TABLE t (i integer)", url);
    const auto insert = [&] {
        try {
            database.write("INSERT INTO t VALUES (1)");
            return true;
        } catch (const Unavailable&) {
            return false;
        }
    };
    ASSERT_TRUE(insert());
    server.run("ALTER SYSTEM SET default_transaction_read_only = on", url);
    server.run("SELECT pg_reload_conf()", url);
    EXPECT_TRUE(soon(2s, [&] { return !insert(); }));
    server.run("ALTER SYSTEM RESET default_transaction_read_only", url);
    server.run("SELECT pg_reload_conf()", url);
    EXPECT_TRUE(soon(2s, insert));
}

TEST_F(DatabaseFaultsTest, FollowsAStandbyThatIsPromotedWhileThePrimaryIsSilent)
{
    server.run("CREATE TABLE t (i integer)", url);
    PostgresServer standby(PostgresServer::StandbyOf{server});
    const auto database_name = url.substr(url.rfind('/') + 1);
    PostgresDatabase both(fmt::format("postgresql://watchword:secret@127.0.0.1:{},127.0.0.1:{}/{}", server.port(),
                                      standby.port(), database_name));
    const auto insert = [&] {
        try {
            Flight flight;
            flight.add("INSERT INTO t VALUES (1)");
            tests::run_task(both.get().write(std::move(flight), Deadline::after(300ms)));
            return true;
        } catch (const Unavailable&) {
            return false;
        }
    };
    ASSERT_TRUE(soon(2s, insert));
    server.freeze();
    std::this_thread::sleep_for(2s); // as long as it takes others to notice
    EXPECT_FALSE(insert());
    standby.run("SELECT pg_promote()", standby.url());
    EXPECT_TRUE(soon(2s, insert));
    EXPECT_GE(std::stoi(standby.run("SELECT count(*) FROM t", standby.url(database_name))), 1);
}

TEST_F(DatabaseFaultsTest, IsNotHeldUpByAHostThatSwallowsEverything)
{
    BlackHole black_hole;
    const auto both = fmt::format("postgresql://watchword:secret@127.0.0.1:{},127.0.0.1:{}/postgres", black_hole.port(),
                                  server.port());
    const auto began = Steady::now();
    EXPECT_NO_THROW(connect(PostgresDatabase::options(both)));
    EXPECT_LT(Steady::now() - began, 1s);
}

TEST_F(DatabaseFaultsTest, GivesUpOnAHostThatSwallowsEverything)
{
    BlackHole black_hole;
    const auto began = Steady::now();
    try {
        connect(
            PostgresDatabase::options(fmt::format("postgresql://watchword:secret@localhost:{}", black_hole.port())));
        FAIL();
    } catch (const Unavailable& reason) {
        EXPECT_THAT(reason.what(), testing::HasSubstr("localhost (127.0.0.1) keeps silent"));
    }
    EXPECT_LT(Steady::now() - began, 2'600ms);
}

TEST_F(DatabaseFaultsTest, SurvivesConnectionsThatAnOperatorEnds)
{
    ASSERT_TRUE(writes() && reads());
    server.run("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'watchword'",
               server.url());
    EXPECT_TRUE(soon(2s, [&] { return writes() && reads(); }));
}

/// A pipe whose end is waited for on an I/O thread.
struct WatchedPipe {
    std::array<int, 2> ends{};
    std::optional<asio::posix::stream_descriptor> reader;
    std::atomic<bool> was_heard = false;
};

// libpq closes its socket itself when it finds that the connection is lost, also in the middle of sending. Whoever gets
// the number of that descriptor next must not lose its own place among those that the thread listens to.
TEST_F(DatabaseFaultsTest, TakesNoDescriptorAlongThatSomebodyElseHasMeanwhile)
{
    ASSERT_TRUE(writes() && reads());
    auto& context = database.threads().context(0);
    std::array<WatchedPipe, 16> pipes;
    std::promise<void> ready;
    asio::post(context, [&] { // all of it before the thread listens again
        server.run("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'watchword'",
                   server.url());
        std::this_thread::sleep_for(100ms);
        for (int i = 0; i < 4; ++i) { // the first meets a closed connection, the second a reset one
            auto read = [](Database& of) -> Task<> { co_await of.read("SELECT 1", Deadline::after(1s)); };
            asio::co_spawn(context, read(database.get()), [](std::exception_ptr) {});
        }
        for (auto& pipe : pipes) {
            EXPECT_EQ(::pipe(pipe.ends.data()), 0);
            pipe.reader.emplace(context, pipe.ends[0]);
            pipe.reader->async_wait(asio::posix::stream_descriptor::wait_read,
                                    [&pipe](boost::system::error_code error) { pipe.was_heard = !error; });
        }
        ready.set_value();
    });
    ready.get_future().wait();
    EXPECT_TRUE(soon(2s, [&] { return writes() && reads(); }));
    for (auto& pipe : pipes) {
        EXPECT_EQ(::write(pipe.ends[1], "x", 1), 1);
    }
    EXPECT_TRUE(soon(1s, [&] { return std::ranges::all_of(pipes, [](auto& pipe) { return pipe.was_heard.load(); }); }));
    std::promise<void> closed;
    asio::post(context, [&] {
        for (auto& pipe : pipes) {
            pipe.reader.reset();
            ::close(pipe.ends[1]);
        }
        closed.set_value();
    });
    closed.get_future().wait();
    std::this_thread::sleep_for(50ms); // until those who were not heard have been told so
}

TEST_F(DatabaseFaultsTest, SaysWhyItCannotConnectWithoutThePassword)
{
    const auto wrong = fmt::format("postgresql://watchword:hunter2@127.0.0.1:{}/postgres", server.port());
    try {
        connect(PostgresDatabase::options(wrong));
        FAIL();
    } catch (const Unavailable& reason) {
        EXPECT_THAT(reason.what(), testing::HasSubstr("password authentication failed"));
        EXPECT_THAT(reason.what(), testing::Not(testing::HasSubstr("hunter2")));
    }
}

TEST_F(DatabaseFaultsTest, TakesTheHostOfSeveralThatCanBeWrittenTo)
{
    PostgresServer standby;
    standby.run("ALTER SYSTEM SET default_transaction_read_only = on", standby.url());
    standby.run("SELECT pg_reload_conf()", standby.url());
    const auto both =
        fmt::format("postgresql://watchword:secret@127.0.0.1:{},127.0.0.1:{}/postgres", standby.port(), server.port());
    PostgresDatabase of_both(both);
    EXPECT_EQ(of_both.write("SHOW port").front().text(0), std::to_string(server.port()));
}

}
}
