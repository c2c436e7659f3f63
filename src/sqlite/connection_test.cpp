#include "sqlite/connection.hpp"

#include "sqlite/failure.hpp"
#include "tests/support/temporary_folder.hpp"

#include <limits>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace watchword::sqlite {
namespace {

using namespace std::string_view_literals;
using testing::HasSubstr;
using testing::Not;
using testing::ThrowsMessage;

class ConnectionTest : public testing::Test {
protected:
    ConnectionTest()
    {
        connection.script("CREATE TABLE things (id INTEGER PRIMARY KEY, name TEXT UNIQUE, bytes BLOB) STRICT");
    }

    std::int64_t setting(std::string_view pragma) { return connection.row(pragma)->integer(0); }

    tests::TemporaryFolder folder;
    std::string path = (folder.path() / "test.db").string();
    Connection connection{path, Connection::Access::read_write};
};

TEST_F(ConnectionTest, IsDurableAndDistrustsTheFile)
{
    EXPECT_EQ(setting("PRAGMA synchronous"), 2); // FULL
    EXPECT_EQ(setting("PRAGMA foreign_keys"), 1);
    EXPECT_EQ(setting("PRAGMA trusted_schema"), 0);
    EXPECT_EQ(setting("PRAGMA cell_size_check"), 1);
    EXPECT_EQ(setting("PRAGMA busy_timeout"), 2000);
    EXPECT_EQ(setting("PRAGMA mmap_size"), 0);
    EXPECT_THROW(connection.row("SELECT \"no such column\" FROM things"), std::logic_error);
}

TEST_F(ConnectionTest, ReturnsEveryValueThatItWasGiven)
{
    const std::string text("J\xC3\xB6rg\0; DROP TABLE things; --", 29);
    const Blob bytes{0, 1, 0xFF};
    const Instant instant = from_microseconds(1'795'646'422'181'424);
    const auto row =
        connection.row("SELECT ?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8", std::numeric_limits<std::int64_t>::min(), true, text,
                       bytes, instant, nullptr, std::optional<std::string>{}, std::optional<int>{7});
    EXPECT_EQ(row->integer(0), std::numeric_limits<std::int64_t>::min());
    EXPECT_TRUE(row->flag(1));
    EXPECT_EQ(row->text(2), text);
    EXPECT_EQ(row->blob(3), bytes);
    EXPECT_EQ(row->instant(4), instant);
    EXPECT_TRUE(row->is_null(5));
    EXPECT_EQ(row->optional_text(6), std::nullopt);
    EXPECT_EQ(row->optional_integer(7), 7);
}

TEST_F(ConnectionTest, TellsAnEmptyTextOrBlobFromNull)
{
    const auto row = connection.row("SELECT ?1, ?2, ?3", std::string_view(), ""sv, as_blob(std::string_view()));
    EXPECT_EQ(row->text(0), "");
    EXPECT_EQ(row->text(1), "");
    EXPECT_EQ(row->blob(2), Blob{});
}

TEST_F(ConnectionTest, BindsTheBytesOfAStringAsABlob)
{
    connection.execute("INSERT INTO things (id, bytes) VALUES (1, ?1)", as_blob("\x01\xFF"));
    EXPECT_EQ(connection.row("SELECT bytes FROM things")->blob(0), (Blob{0x01, 0xFF}));
}

TEST_F(ConnectionTest, GivesTheFirstRowAllRowsOrNone)
{
    EXPECT_EQ(connection.row("SELECT id FROM things"), std::nullopt);
    EXPECT_TRUE(connection.rows("SELECT id FROM things").empty());
    connection.execute("INSERT INTO things (id) VALUES (?1), (?2)", 1, 2);
    EXPECT_EQ(connection.row("SELECT id FROM things ORDER BY id")->integer(0), 1);
    EXPECT_EQ(connection.rows("SELECT id FROM things ORDER BY id").back().integer(0), 2);
}

TEST_F(ConnectionTest, RunsAStatementToItsEndThoughOnlyTheFirstRowIsAsked)
{
    const auto first = connection.row("INSERT INTO things (id) VALUES (1), (2), (3) RETURNING id");
    EXPECT_EQ(first->integer(0), 1);
    EXPECT_EQ(connection.row("SELECT count(*) FROM things")->integer(0), 3);
}

TEST_F(ConnectionTest, CountsTheRowsThatAStatementChanged)
{
    EXPECT_EQ(connection.execute("INSERT INTO things (id, name) VALUES (1, 'a'), (2, 'b')"), 2);
    EXPECT_EQ(connection.last_insert_id(), 2);
    EXPECT_EQ(connection.execute("INSERT INTO things (id, name) VALUES (3, 'b') ON CONFLICT DO NOTHING"), 0);
    EXPECT_EQ(connection.execute("DELETE FROM things"), 2);
    EXPECT_EQ(connection.execute("SELECT 1"), 0);
}

TEST_F(ConnectionTest, UsesOneStatementAgainWithOtherValues)
{
    for (int id = 1; id <= 3; ++id) {
        connection.execute("INSERT INTO things (id, name) VALUES (?1, ?2)", id, std::to_string(id));
    }
    EXPECT_EQ(connection.row("SELECT name FROM things WHERE id = ?1", 2)->text(0), "2");
    EXPECT_EQ(connection.row("SELECT name FROM things WHERE id = ?1", 3)->text(0), "3");
}

TEST_F(ConnectionTest, GoesOnWorkingAfterAFailedStatement)
{
    constexpr auto insert = "INSERT INTO things (id, name) VALUES (?1, ?2)"sv;
    connection.execute(insert, 1, "a"sv);
    EXPECT_THROW(connection.execute(insert, 1, "b"sv), std::logic_error);
    connection.execute(insert, 2, "b"sv);
    EXPECT_EQ(connection.row("SELECT count(*) FROM things")->integer(0), 2);
}

TEST_F(ConnectionTest, TakesMistakesOfTheProgramForLogicErrors)
{
    EXPECT_THROW(connection.execute("SELEKT 1"), std::logic_error);
    EXPECT_THROW(connection.execute("SELECT 1; SELECT 2"), std::logic_error);
    EXPECT_THROW(connection.execute(""), std::logic_error);
    EXPECT_THROW(connection.execute("SELECT ?1, ?2", 1), std::logic_error);
    EXPECT_THROW(connection.execute("SELECT ?1", 1, 2), std::logic_error);
    EXPECT_THROW(connection.execute("INSERT INTO things (id) VALUES (?1)", "a text"sv), std::logic_error);
    EXPECT_THROW(connection.row("SELECT 1.5"), std::logic_error);
    const auto row = connection.row("SELECT 1, 'a'");
    EXPECT_THROW(row->text(0), std::logic_error);
    EXPECT_THROW(row->integer(1), std::logic_error);
    EXPECT_THROW(row->integer(2), std::logic_error);
}

TEST_F(ConnectionTest, NamesTheStatementAndNeverAValueInAFailure)
{
    connection.execute("INSERT INTO things (id, name) VALUES (1, ?1)", "s3cret"sv);
    const auto again = [&] { connection.execute("INSERT INTO things (id, name) VALUES (2, ?1)", "s3cret"sv); };
    EXPECT_THAT(again, ThrowsMessage<std::logic_error>(HasSubstr("INSERT INTO things (id, name) VALUES (2, ?1)")));
    EXPECT_THAT(again, ThrowsMessage<std::logic_error>(Not(HasSubstr("s3cret"))));
}

TEST_F(ConnectionTest, TakesAReadersWriteForAFailureOfTheStore)
{
    Connection reader(path, Connection::Access::read_only);
    EXPECT_THROW(reader.execute("INSERT INTO things (id) VALUES (1)"), Unavailable);
}

TEST_F(ConnectionTest, GivesUpALockThatAnotherKeepsAndWorksOnceItIsFree)
{
    Connection other(path, Connection::Access::read_write);
    other.script("BEGIN IMMEDIATE");
    const auto began = std::chrono::steady_clock::now();
    EXPECT_THROW(connection.execute("INSERT INTO things (id) VALUES (1)"), Unavailable);
    EXPECT_LT(std::chrono::steady_clock::now() - began, std::chrono::seconds{4});
    other.script("COMMIT");
    EXPECT_EQ(connection.execute("INSERT INTO things (id) VALUES (1)"), 1);
}

TEST_F(ConnectionTest, TellsAFullDiskFromAMistake)
{
    connection.script("PRAGMA max_page_count = 4");
    const auto fill = [&] { connection.execute("INSERT INTO things (bytes) VALUES (zeroblob(100000))"); };
    EXPECT_THAT(fill, ThrowsMessage<Unavailable>(HasSubstr("full")));
}

}
}
