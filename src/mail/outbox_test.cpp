#include "mail/outbox_sqlite.hpp"
#include "tests/contract/outbox_contract.hpp"
#include "tests/support/memory_outbox.hpp"
#include "tests/support/temporary_folder.hpp"

namespace watchword::tests {
namespace {

class MemoryEngine {
public:
    mail::Outbox& outbox() { return outbox_; }
    void insert(const mail::Entry& entry) { outbox_.insert(entry); }

    std::vector<std::pair<std::string, int>> dead()
    {
        std::vector<std::pair<std::string, int>> found;
        for (const auto& row : outbox_.rows) {
            if (row.dead) {
                found.emplace_back(row.entry.recipient, row.attempts);
            }
        }
        return found;
    }

private:
    MemoryOutbox outbox_;
};

INSTANTIATE_TYPED_TEST_SUITE_P(Memory, OutboxContract, testing::Types<MemoryEngine>);

class SqliteEngine {
public:
    mail::Outbox& outbox() { return outbox_; }

    void insert(const mail::Entry& entry) { run_task(insert_here(entry)); }

    std::vector<std::pair<std::string, int>> dead()
    {
        std::vector<std::pair<std::string, int>> found;
        for (const auto& row : database_.reader().rows("SELECT recipient, attempts FROM outbox WHERE state = 'dead'")) {
            found.emplace_back(row.text(0), static_cast<int>(row.integer(1)));
        }
        return found;
    }

private:
    Task<> insert_here(mail::Entry entry)
    {
        auto work = [entry](sqlite::Connection& connection) { mail::insert_into_outbox(connection, entry); };
        co_await database_.write(std::move(work), Deadline::after(std::chrono::seconds{10}));
    }

    TemporaryFolder folder_;
    sqlite::Database database_{(folder_.path() / "watchword.db").string(), 1};
    mail::OutboxSqlite outbox_{database_};
};

INSTANTIATE_TYPED_TEST_SUITE_P(Sqlite, OutboxContract, testing::Types<SqliteEngine>);

}
}
