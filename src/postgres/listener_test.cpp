#include "postgres/listener.hpp"

#include "tests/support/postgres_database.hpp"

#include <functional>
#include <mutex>
#include <thread>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace watchword::postgres {
namespace {

using namespace std::chrono_literals;
using Steady = std::chrono::steady_clock;
using testing::ElementsAre;
using tests::PostgresDatabase;
using tests::PostgresServer;

class ListenerTest : public testing::Test {
protected:
    PostgresServer server;
    std::string url = server.new_database();
    PostgresDatabase database{url};
    ChangeFeed feed;
    Listener listener{database.threads(), database.get(), PostgresDatabase::options(url), feed};

    ListenerTest()
    {
        feed.add({"account", [this](std::string_view key) { note("account " + std::string(key)); },
                  [this] { note("interrupted"); }, [this] { note("resumed"); }});
        listener.start();
    }
    ~ListenerTest() override { tests::run_task(listener.stop()); }

    void note(const std::string& what)
    {
        const std::lock_guard lock(mutex_);
        heard_.push_back(what);
    }

    /// What has been heard, once it is as much as that, or the time is over.
    std::vector<std::string> heard(std::size_t count, std::chrono::milliseconds time = 5s)
    {
        for (const auto until = Steady::now() + time; Steady::now() < until; std::this_thread::sleep_for(1ms)) {
            const std::lock_guard lock(mutex_);
            if (heard_.size() >= count) {
                break;
            }
        }
        const std::lock_guard lock(mutex_);
        return std::exchange(heard_, {});
    }

private:
    std::mutex mutex_;
    std::vector<std::string> heard_;
};

TEST_F(ListenerTest, HearsWhatAnotherCommitsWithinFiftyMilliseconds)
{
    ASSERT_THAT(heard(2), ElementsAre("interrupted", "resumed"));
    server.run("BEGIN; SELECT pg_notify('watchword_changes', 'account:1'); ROLLBACK", url);
    const auto began = Steady::now();
    server.run("SELECT pg_notify('watchword_changes', 'account:17'), pg_notify('watchword_changes', 'session:ab')",
               url);
    EXPECT_THAT(heard(1), ElementsAre("account 17"));
    EXPECT_LT(Steady::now() - began, 50ms + 200ms); // and the time of a connection, on a machine that does other things
}

TEST_F(ListenerTest, TellsWithinTwoSecondsThatItHearsNothing)
{
    ASSERT_THAT(heard(2), ElementsAre("interrupted", "resumed"));
    server.freeze();
    const auto began = Steady::now();
    EXPECT_THAT(heard(1), ElementsAre("interrupted"));
    EXPECT_LT(Steady::now() - began, 2s + 200ms); // on a machine that does other things
    server.thaw();
    EXPECT_THAT(heard(1), ElementsAre("resumed"));
}

TEST_F(ListenerTest, TrustsNothingThatWasKeptWhileNobodyListened)
{
    ASSERT_THAT(heard(2), ElementsAre("interrupted", "resumed"));
    server.run("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE query LIKE 'LISTEN%' "
               "AND pid <> pg_backend_pid()",
               url);
    EXPECT_THAT(heard(2), ElementsAre("interrupted", "resumed"));
}

TEST_F(ListenerTest, ListensAgainAfterItsConnectionWasLost)
{
    ASSERT_THAT(heard(2), ElementsAre("interrupted", "resumed"));
    server.kill();
    EXPECT_THAT(heard(1), ElementsAre("interrupted"));
    server.start();
    EXPECT_THAT(heard(1), ElementsAre("resumed"));
    server.run("SELECT pg_notify('watchword_changes', 'account:5')", url);
    EXPECT_THAT(heard(1), ElementsAre("account 5"));
}

}
}
