#include "tests/support/sqlite_tables.hpp"

#include <mutex>
#include <stdexcept>
#include <thread>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace watchword::sqlite {
namespace {

using namespace std::chrono_literals;
using testing::ElementsAre;

class ChangesTest : public testing::Test {
protected:
    tests::SqliteTables tables;
    const accounts::AccountId jane = tables.add("jane@example.com", "jane@example.com", "hash", false);

    ChangesTest()
    {
        for (const std::string topic : {"account", "session"}) {
            tables.feed.add({topic, [this, topic](std::string_view key) { note(topic + " " + std::string(key)); },
                             [this, topic] { note(topic + " interrupted"); },
                             [this, topic] { note(topic + " resumed"); }});
        }
    }

    void note(const std::string& what)
    {
        const std::lock_guard lock(mutex_);
        heard_.push_back(what);
    }

    std::vector<std::string> heard()
    {
        const std::lock_guard lock(mutex_);
        return std::exchange(heard_, {});
    }

    void write(const std::string& sql)
    {
        auto work = [sql](Connection& connection) { connection.script(sql); };
        tests::run_task(tables.database.write(std::move(work), Deadline::after(5s)));
    }

private:
    std::mutex mutex_;
    std::vector<std::string> heard_;
};

TEST_F(ChangesTest, TellsOfAChangedAccountBeforeTheWriterGoesOn)
{
    write("UPDATE users SET is_email_verified = 1");
    EXPECT_THAT(heard(), ElementsAre("account 1"));
    write("UPDATE users SET full_name = 'Jane Roe' WHERE id = 99");
    EXPECT_THAT(heard(), ElementsAre());
}

TEST_F(ChangesTest, TellsNothingOfWhatNobodyKeeps)
{
    write("UPDATE users SET hashed_password = 'other'");
    EXPECT_THAT(heard(), ElementsAre());
}

TEST_F(ChangesTest, TellsOfSessionsThatEndedAlsoWithTheirAccount)
{
    write("INSERT INTO sessions (sid, user_id, created_at, last_used_at, expires_at) VALUES ('s', 1, 0, 0, 9e15)");
    write("UPDATE sessions SET last_used_at = 1");
    EXPECT_THAT(heard(), ElementsAre());
    write("UPDATE sessions SET revoked_at = 2");
    EXPECT_THAT(heard(), ElementsAre("session s"));
    write("DELETE FROM users");
    EXPECT_THAT(heard(), testing::UnorderedElementsAre("session s", "account 1"));
}

TEST_F(ChangesTest, TellsNothingOfWhatWasUndone)
{
    auto work = [](Connection& connection) {
        connection.execute("UPDATE users SET is_email_verified = 1");
        connection.execute("ROLLBACK");
    };
    EXPECT_ANY_THROW(tests::run_task(tables.database.write(std::move(work), Deadline::after(5s))));
    write("INSERT INTO users (email, full_name, hashed_password, created_at) VALUES ('a', 'b', 'c', 0)");
    EXPECT_THAT(heard(), ElementsAre());
}

TEST_F(ChangesTest, NoticesWhatAnotherProcessCommits)
{
    Connection other((tables.folder.path() / "watchword.db").string(), Connection::Access::read_write);
    other.execute("UPDATE users SET full_name = 'Jane Roe'");
    std::vector<std::string> noticed;
    for (int i = 0; i < 100 && noticed.empty(); ++i) {
        std::this_thread::sleep_for(20ms);
        noticed = heard();
    }
    std::this_thread::sleep_for(20ms);
    const auto rest = heard();
    noticed.insert(noticed.end(), rest.begin(), rest.end());
    EXPECT_THAT(noticed,
                ElementsAre("account interrupted", "session interrupted", "account resumed", "session resumed"));
}

}
}
