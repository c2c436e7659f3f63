#include "base/start_refused.hpp"
#include "base/unavailable.hpp"
#include "sqlite/database.hpp"
#include "tests/support/power_loss_vfs.hpp"
#include "tests/support/run_task.hpp"
#include "tests/support/temporary_folder.hpp"

#include <set>

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace watchword::sqlite {
namespace {

using namespace std::chrono_literals;
using tests::PowerLossVfs;

/// Each write puts one account and its claim on an address; together they are whole. The row is wide, so that a few
/// writes fill pages and split them.
void put_account(Connection& connection, std::int64_t id)
{
    connection.execute("INSERT INTO users (id, email, hashed_password, created_at) VALUES (?1, ?2, ?3, 0)", id,
                       fmt::format("person{}@example.com", id), std::string(700, 'h'));
    connection.execute("INSERT INTO email_claims (canonical, user_id) VALUES (?1, ?2)",
                       fmt::format("person{}@example.com", id), id);
}

class PowerLoss : public testing::Test {
protected:
    static Task<> put(Database& database, std::int64_t id)
    {
        auto work = [id](Connection& connection) { put_account(connection, id); };
        co_await database.write(std::move(work), Deadline::after(5s));
    }

    PowerLoss() { Database(path, 1); }

    /// Goes on with the name of a file that is not there yet.
    void use_new_name()
    {
        acknowledged.clear();
        path = (folder.path() / fmt::format("{}.db", ++names)).string();
    }

    /// Goes on with a database that has no rows. It is a copy, for to start one takes longer than most tests write.
    void use_new_database()
    {
        use_new_name();
        std::filesystem::copy_file(folder.path() / "0.db", path);
    }

    /// Writes the accounts from `first` to `last`, a few at the same time, and remembers those that were acknowledged.
    void put_accounts(Database& database, std::int64_t first, std::int64_t last)
    {
        constexpr int at_once = 3;
        for (std::int64_t id = first; id <= last; ++id) {
            asio::co_spawn(context, put(database, id), [this, id](std::exception_ptr thrown) {
                if (!thrown) {
                    acknowledged.insert(id);
                }
            });
            if (id % at_once == 0 || id == last) {
                context.restart();
                context.run();
            }
        }
    }

    /// What must hold whatever happened: all that was acknowledged is there, each account whole, the file sound.
    void expect_whole(Connection& connection)
    {
        std::set<std::int64_t> lost = acknowledged;
        for (const auto& row : connection.rows("SELECT id FROM users")) {
            lost.erase(row.integer(0));
        }
        EXPECT_THAT(lost, testing::IsEmpty()) << "acknowledged and lost";
        const auto halves = connection.row("SELECT (SELECT count(*) FROM users WHERE id NOT IN "
                                           "(SELECT user_id FROM email_claims)) + (SELECT count(*) FROM email_claims "
                                           "WHERE user_id NOT IN (SELECT id FROM users))");
        EXPECT_EQ(halves->integer(0), 0);
        EXPECT_EQ(connection.row("PRAGMA integrity_check")->text(0), "ok");
    }

    void expect_whole_after_reopening()
    {
        const Database database(path, 1);
        Connection connection(path, Connection::Access::read_only);
        expect_whole(connection);
    }

    /// How many of 100 rows, each committed by itself on a plain connection with this setting, a power loss leaves.
    std::int64_t rows_left_with(const char* synchronous)
    {
        use_new_database();
        {
            Connection connection(path, Connection::Access::read_write);
            connection.script(synchronous);
            for (std::int64_t id = 1; id <= 100; ++id) {
                put_account(connection, id);
            }
            disk.cut_power();
        }
        disk.restore_power(PowerLossVfs::Unsynced::lost);
        return Connection(path, Connection::Access::read_write).row("SELECT count(*) FROM users")->integer(0);
    }

    tests::TemporaryFolder folder;
    /// Every moment was tried once; a sweep with this step takes seconds and still meets each kind of operation.
    static constexpr std::size_t step = 5;

    const WriteLimits limits{.between_checkpoints = 10};
    asio::io_context context; // outlives every database, whose thread may still be waking it
    PowerLossVfs disk;
    std::string path = (folder.path() / "0.db").string();
    int names = 0;
    std::set<std::int64_t> acknowledged;
};

TEST_F(PowerLoss, KeepsEveryWriteThatWasAcknowledged)
{
    {
        Database database(path, 1, limits);
        put_accounts(database, 1, 500);
        disk.cut_power();
    }
    EXPECT_EQ(acknowledged.size(), 500u);
    disk.restore_power(PowerLossVfs::Unsynced::lost);
    expect_whole_after_reopening();
}

// The two tests that follow show that the one above can fail: that the disk of these tests does lose what was not
// synced.

TEST_F(PowerLoss, LosesRowsWithoutSyncs)
{
    EXPECT_LT(rows_left_with("PRAGMA synchronous = OFF"), 100);
}

TEST_F(PowerLoss, LosesRowsWithSyncsOnlyAtCheckpoints)
{
    EXPECT_LT(rows_left_with("PRAGMA synchronous = NORMAL"), 100);
}

TEST_F(PowerLoss, LosesNoRowsWithTheSettingsThatAConnectionHas)
{
    EXPECT_EQ(rows_left_with("SELECT 1"), 100);
}

TEST_F(PowerLoss, AtAnyMomentOfAStartLeavesAFileThatStartsAgain)
{
    bool struck = true;
    for (std::size_t nth = 1; struck; nth += step) {
        use_new_name();
        disk.cut_power_before(nth);
        try {
            Database(path, 1);
        } catch (const std::exception&) { // the power is gone
        }
        struck = disk.has_struck();
        disk.cut_power();
        disk.restore_power(PowerLossVfs::Unsynced::torn, static_cast<std::uint32_t>(nth));
        expect_whole_after_reopening();
    }
}

TEST_F(PowerLoss, AtAnyMomentOfManyWritesKeepsWhatWasAcknowledged)
{
    bool struck = true;
    for (std::size_t nth = 1; struck; nth += step) {
        use_new_database();
        {
            Database database(path, 1, limits);
            disk.cut_power_before(nth);
            put_accounts(database, 1, 40);
            struck = disk.has_struck();
            disk.cut_power();
        }
        const auto unsynced = nth % 3 == 0 ? PowerLossVfs::Unsynced::lost : PowerLossVfs::Unsynced::torn;
        disk.restore_power(unsynced, static_cast<std::uint32_t>(nth));
        expect_whole_after_reopening();
    }
    EXPECT_EQ(acknowledged.size(), 40u);
}

/// One kind of failing disk.
struct Fault {
    int code;
    PowerLossVfs::Lasting lasting;
};

class FailingDisk : public PowerLoss, public testing::WithParamInterface<Fault> {};

INSTANTIATE_TEST_SUITE_P(, FailingDisk,
                         testing::Values(Fault{SQLITE_IOERR, PowerLossVfs::Lasting::once},
                                         Fault{SQLITE_IOERR, PowerLossVfs::Lasting::until_repaired},
                                         Fault{SQLITE_FULL, PowerLossVfs::Lasting::once},
                                         Fault{SQLITE_FULL, PowerLossVfs::Lasting::until_repaired}));

TEST_P(FailingDisk, LosesNothingAcknowledgedGoesOnReadingAndWorksAgainOnceRepaired)
{
    Database database(path, 1, limits);
    bool struck = true;
    std::int64_t next = 1;
    for (std::size_t nth = 1; struck; nth += step) {
        disk.fail_operation(nth, GetParam().code, GetParam().lasting);
        put_accounts(database, next, next + 23);
        next += 24;
        struck = disk.has_struck();
        EXPECT_NO_THROW(database.reader().row("SELECT id FROM users LIMIT 1")) << "no read at fault " << nth;
        disk.repair();
        put_accounts(database, next, next);
        ASSERT_TRUE(acknowledged.contains(next)) << "no write after the repair of fault " << nth;
        ++next;
    }
    expect_whole(database.reader());
}

TEST_P(FailingDisk, NeverLeavesAFileThatCannotStart)
{
    bool struck = true;
    for (std::size_t nth = 1; struck; nth += step) {
        use_new_name();
        disk.fail_operation(nth, GetParam().code, GetParam().lasting);
        try {
            Database(path, 1);
        } catch (const Unavailable&) {
        } catch (const StartRefused&) {
        }
        struck = disk.has_struck();
        disk.repair();
        ASSERT_NO_THROW(Database(path, 1)) << nth;
    }
}

}
}
