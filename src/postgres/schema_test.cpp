#include "postgres/schema.hpp"

#include "base/start_refused.hpp"
#include "base/unavailable.hpp"
#include "tests/support/postgres_database.hpp"

#include <thread>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace watchword::postgres {
namespace {

using testing::HasSubstr;
using tests::PostgresDatabase;
using tests::PostgresServer;

class PostgresSchemaTest : public testing::Test {
protected:
    PostgresServer& server = PostgresServer::shared();
    std::string url = server.new_database();
    ConnectionOptions options = PostgresDatabase::options(url);

    std::string ask(const std::string& sql) { return server.run(sql, url); }

    std::string refusal(std::vector<EmbeddedText> migrations)
    {
        try {
            establish_schema(options, migrations);
            return "accepted";
        } catch (const StartRefused& refused) {
            return refused.what();
        }
    }
};

TEST_F(PostgresSchemaTest, AppliesWhatIsMissingAndRemembersIt)
{
    establish_schema(options);
    EXPECT_EQ(ask("SELECT max(version) FROM watchword_migrations"), std::to_string(schema_version()));
    EXPECT_EQ(ask("SELECT count(*) FROM users"), "0");
    establish_schema(options);
    EXPECT_EQ(ask("SELECT count(*) FROM watchword_migrations"), std::to_string(schema_version()));
}

/// A session that listens, and counts of what it hears.
class Ear {
public:
    explicit Ear(const ConnectionOptions& options) : handle_(connect(options)) { heard_of("LISTEN watchword_changes"); }

    /// How much it hears of what that statement does.
    int heard_of(const char* change)
    {
        PQclear(PQexec(handle_.get(), change)); // a session hears of its own before it is answered
        int heard = 0;
        while (auto* const notice = PQnotifies(handle_.get())) {
            PQfreemem(notice);
            ++heard;
        }
        return heard;
    }

private:
    Handle handle_;
};

TEST_F(PostgresSchemaTest, TellsOfAnAccountOnlyWhenWhatIsShownChanges)
{
    establish_schema(options);
    ask("INSERT INTO users (email, hashed_password, is_email_verified, email_otp_attempts) VALUES ('a@b.c', 'x', true, "
        "0)");
    Ear ear(options);
    EXPECT_EQ(ear.heard_of("UPDATE users SET hashed_password = 'y', email_otp_attempts = 1, full_name = full_name"), 0);
    EXPECT_EQ(ear.heard_of("UPDATE users SET full_name = 'Anna'"), 1);
    EXPECT_EQ(ear.heard_of("UPDATE users SET is_email_verified = false"), 1);
    EXPECT_EQ(ear.heard_of("UPDATE users SET email = 'b@b.c'"), 1);
    EXPECT_EQ(ear.heard_of("ALTER TABLE users ALTER COLUMN full_name TYPE varchar(300)"), 0);
    EXPECT_EQ(ear.heard_of("UPDATE users SET full_name = 'Bella'"), 1);
    EXPECT_EQ(ear.heard_of("DELETE FROM users"), 1);
}

TEST_F(PostgresSchemaTest, TellsOfASessionThatEndsAndNotOfOneThatHasExpired)
{
    establish_schema(options);
    ask("INSERT INTO users (id, email, hashed_password, is_email_verified, email_otp_attempts) VALUES (1, 'a@b.c', "
        "'x', true, 0)");
    ask("INSERT INTO sessions (sid, user_id, created_at, last_used_at, expires_at) SELECT 'sid' || i, 1, now(), now(), "
        "now() + (i - 2) * interval '1 day' FROM generate_series(1, 4) AS i");
    Ear ear(options);
    EXPECT_EQ(ear.heard_of("UPDATE sessions SET revoked_at = now() WHERE sid = 'sid4'"), 1);
    EXPECT_EQ(ear.heard_of("DELETE FROM sessions WHERE sid IN ('sid1', 'sid2')"), 0);
    EXPECT_EQ(ear.heard_of("DELETE FROM sessions"), 2);
}

TEST_F(PostgresSchemaTest, LetsInstancesThatStartTogetherApplyEachMigrationOnce)
{
    std::vector<std::string> failures(4);
    {
        std::vector<std::jthread> instances;
        for (auto& failure : failures) {
            instances.emplace_back([this, &failure] {
                try {
                    establish_schema(options);
                } catch (const std::exception& exception) {
                    failure = exception.what();
                }
            });
        }
    }
    EXPECT_THAT(failures, testing::Each(""));
    EXPECT_EQ(ask("SELECT count(*) FROM watchword_migrations"), std::to_string(schema_version()));
}

TEST_F(PostgresSchemaTest, KeepsNothingOfAMigrationThatFails)
{
    EXPECT_THAT(refusal({{"0001_one.sql", "CREATE TABLE one (i integer);"},
                         {"0002_two.sql", "CREATE TABLE two (i integer);\nSELECT nothing;"}}),
                HasSubstr("the migration 0002_two.sql was refused by PostgreSQL"));
    EXPECT_EQ(ask("SELECT to_regclass('one') IS NOT NULL AND to_regclass('two') IS NULL"), "t");
    EXPECT_EQ(refusal({{"0001_one.sql", "CREATE TABLE one (i integer);"}, {"0002_two.sql", "CREATE TABLE two ();"}}),
              "accepted");
}

TEST_F(PostgresSchemaTest, RunsStatementsThatStandAlone)
{
    EXPECT_EQ(
        refusal({{"0001_one.sql", "CREATE TABLE one (i integer);"},
                 {"0002_two.sql", "-- not in a transaction\n-- Why; so.\nCREATE INDEX CONCURRENTLY a\n    ON one (i);\n"
                                  "CREATE INDEX CONCURRENTLY b ON one (i);\n"}}),
        "accepted");
    EXPECT_EQ(ask("SELECT count(*) FROM pg_indexes WHERE tablename = 'one'"), "2");
}

TEST_F(PostgresSchemaTest, BuildsAnewAnIndexThatWasLeftHalfBuilt)
{
    const std::vector<EmbeddedText> migrations{
        {"0001_one.sql", "CREATE TABLE one (i integer);\nINSERT INTO one VALUES (1), (1);"},
        {"0002_two.sql", "-- not in a transaction\nCREATE UNIQUE INDEX CONCURRENTLY IF NOT EXISTS a ON one (i);\n"}};
    EXPECT_THAT(refusal(migrations), HasSubstr("the migration 0002_two.sql was refused"));
    const auto is_valid = "SELECT indisvalid FROM pg_index WHERE indexrelid = 'a'::regclass";
    ASSERT_EQ(ask(is_valid), "f");
    ask("TRUNCATE one");
    EXPECT_EQ(refusal(migrations), "accepted");
    EXPECT_EQ(ask(is_valid), "t");
}

TEST_F(PostgresSchemaTest, RefusesADatabaseOfANewerVersion)
{
    establish_schema(options);
    ask("INSERT INTO watchword_migrations (version, name) VALUES (999, 'later')");
    EXPECT_THAT(refusal({{"0001_one.sql", ""}}), HasSubstr("has schema 999, this program knows schemas up to 1"));
}

TEST_F(PostgresSchemaTest, IsUnavailableWhereNobodyListens)
{
    options.location = Location::parse("postgresql://watchword@127.0.0.1:1/none").value();
    EXPECT_THROW(establish_schema(options), Unavailable);
}

}
}
