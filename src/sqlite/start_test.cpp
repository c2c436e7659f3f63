#include "base/start_refused.hpp"
#include "sqlite/data_lock.hpp"
#include "sqlite/database.hpp"
#include "sqlite/schema.hpp"
#include "tests/support/temporary_folder.hpp"

#include <fstream>
#include <latch>
#include <thread>

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

namespace watchword::sqlite {
namespace {

using testing::AllOf;
using testing::HasSubstr;
using testing::ThrowsMessage;

class Start : public testing::Test {
protected:
    void open() { const Database database(path, 1); }

    auto refused_with(const std::string& part) const
    {
        return ThrowsMessage<StartRefused>(AllOf(HasSubstr(part), testing::Not(HasSubstr("\n"))));
    }

    std::string content() const
    {
        std::ifstream stream(path, std::ios::binary);
        return {std::istreambuf_iterator<char>(stream), {}};
    }

    void put(const std::string& bytes, const char* suffix = "") const
    {
        std::ofstream(path + suffix, std::ios::binary) << bytes;
        ::chmod((path + suffix).c_str(), 0600);
    }

    static unsigned mode(const std::string& file)
    {
        struct ::stat found{};
        EXPECT_EQ(::stat(file.c_str(), &found), 0) << file;
        return found.st_mode & 0777;
    }

    tests::TemporaryFolder folder;
    std::string path = (folder.path() / "watchword.db").string();
};

TEST_F(Start, MakesANewDatabaseOfTheNewestSchema)
{
    open();
    Connection connection(path, Connection::Access::read_only);
    EXPECT_EQ(connection.row("PRAGMA application_id")->integer(0), 0x57545744);
    EXPECT_EQ(connection.row("PRAGMA user_version")->integer(0), schema_version());
    EXPECT_EQ(connection.row("PRAGMA journal_mode")->text(0), "wal");
    EXPECT_EQ(connection.row("PRAGMA integrity_check")->text(0), "ok");
}

TEST_F(Start, MakesOnlyStrictTablesWithTheColumnsThatStoresRelyOn)
{
    open();
    Connection connection(path, Connection::Access::read_only);
    const auto loose = connection.rows("SELECT name FROM pragma_table_list WHERE type = 'table' AND NOT strict "
                                       "AND name NOT LIKE 'sqlite%'");
    EXPECT_TRUE(loose.empty());
    for (const char* select :
         {"SELECT id, email, full_name, hashed_password, created_at, is_email_verified, email_otp_hash, "
          "email_otp_expires_at, email_otp_attempts, email_otp_last_sent_at, tokens_not_before FROM users",
          "SELECT canonical, user_id, ambiguous FROM email_claims",
          "SELECT user_id, purpose, code_mac, attempts_left, sent_at, expires_at FROM one_time_codes",
          "SELECT sid, user_id, created_at, last_used_at, expires_at, revoked_at, refresh_counter, rotated_at, "
          "client_address, user_agent FROM sessions",
          "SELECT token_hash, expires_at FROM denied_tokens",
          "SELECT id, kind, recipient, sealed, replaces, created_at, due_at, expires_at, attempts, claimed_until, "
          "state, last_error FROM outbox",
          "SELECT key, rate, tat FROM security_counters", "SELECT account, client, last_login_at FROM known_clients",
          "SELECT id, at, event, user_id, client_address, request_id, details, previous_hash, hash FROM audit"}) {
        EXPECT_NO_THROW(connection.row(select)) << select;
    }
}

TEST_F(Start, NeverGivesOutAnIdTwice)
{
    open();
    Connection connection(path, Connection::Access::read_write);
    constexpr auto insert = "INSERT INTO users (email, hashed_password, created_at) VALUES ('a@example.com', '', 0)";
    connection.execute(insert);
    const auto first = connection.last_insert_id();
    connection.execute("DELETE FROM users");
    connection.execute(insert);
    EXPECT_GT(connection.last_insert_id(), first);
}

TEST_F(Start, KeepsTheAuditTrailAsItWasWritten)
{
    open();
    Connection connection(path, Connection::Access::read_write);
    connection.execute("INSERT INTO audit (at, event, previous_hash, hash) VALUES (0, 'login', x'00', x'01')");
    EXPECT_THROW(connection.execute("UPDATE audit SET event = 'logout'"), std::logic_error);
    EXPECT_THROW(connection.execute("DELETE FROM audit"), std::logic_error);
    EXPECT_THROW(connection.execute("INSERT OR REPLACE INTO audit (id, at, event, previous_hash, hash) "
                                    "VALUES (1, 0, 'logout', x'00', x'01')"),
                 std::logic_error);
}

TEST_F(Start, AppliesOnlyTheMigrationsThatAreMissing)
{
    open();
    {
        Connection connection(path, Connection::Access::read_write);
        connection.script("DROP TABLE audit; PRAGMA user_version = 4");
        connection.execute("INSERT INTO users (email, hashed_password, created_at) VALUES ('a@example.com', '', 0)");
    }
    open();
    Connection connection(path, Connection::Access::read_only);
    EXPECT_EQ(connection.row("PRAGMA user_version")->integer(0), schema_version());
    EXPECT_EQ(connection.row("SELECT count(*) FROM users")->integer(0), 1);
    EXPECT_EQ(connection.row("SELECT count(*) FROM audit")->integer(0), 0);
}

TEST_F(Start, UndoesAMigrationThatFails)
{
    open();
    {
        Connection connection(path, Connection::Access::read_write);
        connection.script("DROP TABLE security_counters; PRAGMA user_version = 3"); // known_clients is in the way
    }
    EXPECT_THROW(open(), std::logic_error);
    Connection connection(path, Connection::Access::read_only);
    EXPECT_EQ(connection.row("PRAGMA user_version")->integer(0), 3);
    EXPECT_THROW(connection.row("SELECT 1 FROM security_counters"), std::logic_error);
}

TEST_F(Start, IsSafeWhenSeveralStartTogetherOnNothing)
{
    constexpr int starters = 4;
    constexpr int rounds = 20; // the narrowest race, the switch to WAL, shows in one of ten
    for (int round = 0; round < rounds; ++round) {
        path = (folder.path() / fmt::format("{}.db", round)).string();
        std::latch ready(starters);
        {
            std::vector<std::jthread> threads;
            for (int i = 0; i < starters; ++i) {
                threads.emplace_back([&] {
                    ready.arrive_and_wait();
                    EXPECT_NO_THROW(open());
                });
            }
        }
        Connection connection(path, Connection::Access::read_only);
        EXPECT_EQ(connection.row("PRAGMA user_version")->integer(0), schema_version());
    }
}

TEST_F(Start, GivesAllItsFilesToTheirOwnerAlone)
{
    const Database database(path, 1);
    EXPECT_EQ(mode(path), 0600u);
    EXPECT_EQ(mode(path + "-wal"), 0600u);
    EXPECT_EQ(mode(path + "-shm"), 0600u);
}

TEST_F(Start, ShutsOthersOutOfAFileThatTheyCouldRead)
{
    open();
    ::chmod(path.c_str(), 0644);
    open();
    EXPECT_EQ(mode(path), 0600u);
}

TEST_F(Start, RefusesTheFileOfAnotherUser)
{
    open();
    if (::geteuid() != 0 || ::chown(path.c_str(), 65534, 65534) != 0) {
        GTEST_SKIP() << "only root can give a file away";
    }
    EXPECT_THAT([this] { open(); }, refused_with("belongs to uid 65534"));
}

TEST_F(Start, RefusesAFolderThatIsNotThere)
{
    path = (folder.path() / "missing" / "watchword.db").string();
    EXPECT_THAT([this] { open(); }, refused_with("does not exist"));
    EXPECT_FALSE(std::filesystem::exists(folder.path() / "missing"));
}

TEST_F(Start, RefusesWhatIsNoFile)
{
    std::filesystem::create_directory(path);
    EXPECT_THAT([this] { open(); }, refused_with("no regular file"));
}

TEST_F(Start, RefusesAFileThatIsNoDatabaseAndLeavesItAsItIs)
{
    const std::string letter(5000, 'x');
    put(letter);
    EXPECT_THAT([this] { open(); }, refused_with("no sound SQLite database"));
    EXPECT_EQ(content(), letter);
}

TEST_F(Start, RefusesADamagedDatabase)
{
    open();
    std::string damaged = content();
    std::fill(damaged.begin() + 100, damaged.begin() + 4096, '\xAA'); // the schema's page
    put(damaged);
    EXPECT_THAT([this] { open(); }, refused_with("no sound SQLite database"));
}

TEST_F(Start, RefusesADatabaseThatIsMissingWhileItsLogHoldsData)
{
    put("frames", "-wal");
    EXPECT_THAT([this] { open(); }, refused_with("write-ahead log"));
    EXPECT_TRUE(std::filesystem::exists(path + "-wal"));
    put("");
    EXPECT_THAT([this] { open(); }, refused_with("write-ahead log"));
}

TEST_F(Start, RefusesTheDatabaseOfAnotherApplicationAndLeavesItAsItIs)
{
    Connection(path, Connection::Access::read_write).script("CREATE TABLE recipes (id INTEGER PRIMARY KEY)");
    const std::string before = content();
    EXPECT_THAT([this] { open(); }, refused_with("another application"));
    EXPECT_EQ(content(), before);
}

TEST_F(Start, RefusesTheDatabaseOfANewerVersion)
{
    open();
    const auto newer = fmt::format("PRAGMA user_version = {}", schema_version() + 1);
    Connection(path, Connection::Access::read_write).script(newer);
    EXPECT_THAT([this] { open(); }, refused_with("start the newer version"));
}

TEST_F(Start, RefusesASecondServerOnOneFolderAndNamesTheFirst)
{
    std::optional<DataLock> first(std::in_place, folder.path());
    EXPECT_THAT([this] { DataLock second(folder.path()); }, refused_with(fmt::format("process {}", ::getpid())));
    first.reset();
    EXPECT_NO_THROW(DataLock(folder.path()));
}

TEST_F(Start, RefusesALockThatItCannotMake)
{
    EXPECT_THAT([this] { DataLock lock(folder.path() / "missing"); }, refused_with("No such file or directory"));
}

}
}
