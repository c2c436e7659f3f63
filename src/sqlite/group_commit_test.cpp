#include "base/unavailable.hpp"
#include "runtime/io_threads.hpp"
#include "sqlite/database.hpp"
#include "sqlite/failure.hpp"
#include "tests/support/power_loss_vfs.hpp"
#include "tests/support/run_task.hpp"
#include "tests/support/temporary_folder.hpp"

#include <atomic>
#include <functional>
#include <latch>

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace watchword::sqlite {
namespace {

using namespace std::chrono_literals;

class GroupCommitTest : public testing::Test {
protected:
    using Work = std::function<void(Connection&)>;

    static auto insert(std::int64_t id)
    {
        return [id](Connection& connection) {
            return connection.execute("INSERT INTO audit (id, at, event, previous_hash, hash) "
                                      "VALUES (?1, 0, 'test', x'00', x'01')",
                                      id);
        };
    }

    /// Starts a write; what becomes of it is counted.
    void start(Work work, Deadline deadline = Deadline::after(10s))
    {
        auto ended = [this](std::exception_ptr thrown) {
            try {
                if (thrown) {
                    std::rethrow_exception(thrown);
                }
                ++acknowledged;
            } catch (const Unavailable&) {
                ++unavailable;
            } catch (const std::exception&) {
                ++failed;
            }
        };
        asio::co_spawn(context, write(database, std::move(work), deadline), std::move(ended));
    }

    /// Keeps the writing thread busy until `go_on` is called, so that what is started meanwhile waits together.
    void hold()
    {
        start([this](Connection&) {
            held.count_down();
            let_go.wait();
        });
        context.poll();
        held.wait();
    }

    /// Lets everything that was started run to its end.
    void go_on()
    {
        context.poll();
        let_go.count_down();
        context.run();
    }

    std::int64_t rows() { return database.reader().row("SELECT count(*) FROM audit")->integer(0); }

    static Task<> write(Database& to, Work work, Deadline deadline) { co_await to.write(std::move(work), deadline); }

    tests::TemporaryFolder folder;
    tests::PowerLossVfs disk;
    std::string path = (folder.path() / "watchword.db").string();
    asio::io_context context; // outlives the database, whose thread may still be waking it when its last task has ended
    Database database{path, 2, {.waiting = 64, .batch = 256}};
    std::latch held{1};
    std::latch let_go{1};
    int acknowledged = 0;
    int unavailable = 0;
    int failed = 0;
};

Task<std::int64_t> written(Database& database)
{
    auto work = [](Connection& connection) {
        return connection.row("INSERT INTO audit (at, event, previous_hash, hash) "
                              "VALUES (0, 'test', x'00', x'01') RETURNING id");
    };
    const auto row = co_await database.write(std::move(work), Deadline::after(5s));
    co_return row->integer(0);
}

TEST_F(GroupCommitTest, ReturnsWhatTheWorkReturned)
{
    EXPECT_EQ(tests::run_task(context, written(database)), 1);
    EXPECT_EQ(tests::run_task(context, written(database)), 2);
}

TEST_F(GroupCommitTest, ShowsAWriteToReadersOnceItReturned)
{
    for (std::int64_t id = 1; id <= 50; ++id) {
        tests::run_task(context, write(database, insert(id), Deadline::after(5s)));
        EXPECT_EQ(rows(), id);
    }
}

TEST_F(GroupCommitTest, CommitsWritesThatWaitTogetherWithOneSync)
{
    hold();
    const auto before = disk.log_syncs();
    for (std::int64_t id = 1; id <= 64; ++id) {
        start(insert(id));
    }
    go_on();
    EXPECT_EQ(acknowledged, 65);
    EXPECT_EQ(rows(), 64);
    EXPECT_LE(disk.log_syncs() - before, 2u); // the commit; and the log's own head, where this is its first
}

TEST_F(GroupCommitTest, SyncsEachWriteThatComesAlone)
{
    tests::run_task(context, write(database, insert(1), Deadline::after(5s)));
    const auto before = disk.log_syncs();
    for (std::int64_t id = 2; id <= 11; ++id) {
        tests::run_task(context, write(database, insert(id), Deadline::after(5s)));
    }
    EXPECT_EQ(disk.log_syncs() - before, 10u);
}

TEST_F(GroupCommitTest, UndoesOnlyTheWriteThatThrows)
{
    hold();
    start(insert(1));
    start([](Connection& connection) {
        insert(2)(connection);
        insert(3)(connection);
        throw std::runtime_error("expected in this test");
    });
    start([](Connection& connection) {
        insert(4)(connection);
        insert(1)(connection); // there already
    });
    start(insert(5));
    go_on();
    EXPECT_EQ(acknowledged, 3);
    EXPECT_EQ(failed, 2);
    const auto kept = database.reader().rows("SELECT id FROM audit ORDER BY id");
    ASSERT_EQ(kept.size(), 2u);
    EXPECT_EQ(kept[0].integer(0), 1);
    EXPECT_EQ(kept[1].integer(0), 5);
}

TEST_F(GroupCommitTest, LetsAWriteSeeTheOnesBeforeIt)
{
    hold();
    start(insert(1));
    start([](Connection& connection) {
        if (connection.row("SELECT count(*) FROM audit")->integer(0) != 1) {
            throw std::runtime_error("the write before is not seen");
        }
    });
    go_on();
    EXPECT_EQ(acknowledged, 3);
}

TEST_F(GroupCommitTest, DropsAWriteWhoseDeadlinePassesWhileItWaits)
{
    hold();
    start(insert(1), Deadline::after(0ms));
    start(insert(2));
    go_on();
    EXPECT_EQ(unavailable, 1);
    EXPECT_EQ(acknowledged, 2);
    EXPECT_EQ(database.reader().row("SELECT id FROM audit")->integer(0), 2);
}

TEST_F(GroupCommitTest, RefusesAtOnceWhatItHasNoRoomFor)
{
    hold();
    for (std::int64_t id = 1; id <= 70; ++id) {
        start(insert(id));
    }
    context.poll();
    EXPECT_EQ(unavailable, 6);
    go_on();
    EXPECT_EQ(acknowledged, 65);
    EXPECT_EQ(rows(), 64);
}

TEST_F(GroupCommitTest, KeepsNothingOfABatchWhoseCommitFailsAndWorksAgainAfterwards)
{
    hold();
    for (std::int64_t id = 1; id <= 10; ++id) {
        start(insert(id));
    }
    disk.fail_operation(1, SQLITE_FULL, tests::PowerLossVfs::Lasting::until_repaired);
    go_on();
    EXPECT_EQ(unavailable, 10);
    EXPECT_EQ(rows(), 0);
    disk.repair();
    tests::run_task(context, write(database, insert(1), Deadline::after(5s)));
    EXPECT_EQ(rows(), 1);
}

TEST_F(GroupCommitTest, EndsItsOwnTransactionAndNoOtherDoes)
{
    hold();
    start(insert(1));
    start([](Connection& connection) { connection.script("ROLLBACK"); });
    go_on();
    EXPECT_EQ(unavailable, 2);
    EXPECT_EQ(rows(), 0);
    tests::run_task(context, write(database, insert(1), Deadline::after(5s)));
    EXPECT_EQ(rows(), 1);
}

TEST_F(GroupCommitTest, UndoesABatchThatItCannotFinish)
{
    hold();
    start(insert(1));
    start([](Connection& connection) { connection.script("RELEASE write"); }); // its own savepoint, from under it
    go_on();
    EXPECT_EQ(unavailable, 2);
    EXPECT_EQ(rows(), 0);
    tests::run_task(context, write(database, insert(1), Deadline::after(5s)));
    EXPECT_EQ(rows(), 1);
}

TEST_F(GroupCommitTest, GivesUpWhenAnotherProcessKeepsTheLock)
{
    Connection other(path, Connection::Access::read_write);
    other.script("BEGIN IMMEDIATE");
    start(insert(1));
    context.run();
    EXPECT_EQ(unavailable, 1);
    other.script("ROLLBACK");
    tests::run_task(context, write(database, insert(1), Deadline::after(5s)));
    EXPECT_EQ(rows(), 1);
}

TEST_F(GroupCommitTest, KeepsTheLogShort)
{
    for (std::int64_t id = 1; id <= 4000; ++id) {
        start(insert(id));
        if (id % 8 == 0) {
            context.restart();
            context.run();
        }
    }
    EXPECT_EQ(acknowledged, 4000);
    EXPECT_LT(std::filesystem::file_size(path + "-wal"), 4'000'000u);
    EXPECT_GT(std::filesystem::file_size(path), 100'000u);
}

TEST(GroupCommit, DoesWhatItAcceptedBeforeItEnds)
{
    const tests::TemporaryFolder folder;
    const auto path = (folder.path() / "watchword.db").string();
    asio::io_context context;
    std::atomic<int> ran = 0;
    {
        Database database(path, 1);
        auto work = [&ran](Connection&) { ++ran; };
        auto caller = [](Database& to, auto what) -> Task<> { co_await to.write(what, Deadline::after(10s)); };
        for (int i = 0; i < 100; ++i) {
            asio::co_spawn(context, caller(database, work), [](std::exception_ptr) {});
        }
        context.poll();
    }
    EXPECT_EQ(ran, 100);
    context.run();
}

Task<> write_and_read(Database& database, int times, std::atomic<int>& wrong)
{
    for (int i = 0; i < times; ++i) {
        const auto id = co_await written(database);
        const auto row = database.reader().row("SELECT event FROM audit WHERE id = ?1", id);
        wrong += !row || row->text(0) != "test" ? 1 : 0;
    }
}

TEST(GroupCommit, ServesSeveralIoThreadsAtOnce)
{
    const tests::TemporaryFolder folder;
    IoThreads threads(2);
    Database database((folder.path() / "watchword.db").string(), 2);
    std::atomic<int> wrong = 0;
    for (int i = 0; i < 16; ++i) {
        asio::co_spawn(threads.context(static_cast<std::size_t>(i) % 2), write_and_read(database, 20, wrong),
                       [&wrong](std::exception_ptr thrown) { wrong += thrown ? 1 : 0; });
    }
    threads.start();
    threads.join();
    EXPECT_EQ(wrong, 0);
    EXPECT_EQ(database.reader().row("SELECT count(*) FROM audit")->integer(0), 320);
}

}
}
