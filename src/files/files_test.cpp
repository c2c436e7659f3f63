#include "files/files.hpp"

#include "files/object_store_disk.hpp"
#include "tests/support/memory_account_store.hpp"
#include "tests/support/run_task.hpp"
#include "tests/support/temporary_folder.hpp"

#include <gtest/gtest.h>

namespace watchword::files {
namespace {

using namespace std::chrono_literals;

class FilesTest : public testing::Test {
protected:
    tests::TemporaryFolder folder;
    WorkerPool workers{"files", 2};
    std::unique_ptr<ObjectStore> objects = make_disk_object_store(folder.path(), workers);
    tests::MemoryTables tables;
    tests::MemoryAccountStore accounts{tables};
    Files files{*objects, accounts, 10};
    const accounts::AccountId jane = tables.add("jane@example.com", "jane@example.com", "hash", true);
    const accounts::AccountId john = tables.add("john@example.com", "john@example.com", "hash", true);
    const Instant in_the_past = SystemClock().now() - 24h;

    void SetUp() override
    {
        tables.users.at(jane).account.created_at = in_the_past;
        tables.users.at(john).account.created_at = in_the_past;
    }

    static Deadline soon() { return Deadline::after(10s); }

    static ObjectKey key(accounts::AccountId owner, std::string_view name = "a")
    {
        return {owner, FileName::parse(name).value()};
    }

    void put(const ObjectKey& where, const std::string& content = "x")
    {
        const auto upload = run(files.begin_upload(where, "text/plain", soon())).value();
        EXPECT_TRUE(run(upload->write(content)));
        run(upload->publish());
    }

    std::optional<ErrorCode> failure_of_find(const ObjectKey& where)
    {
        const auto found = run(files.find(where, soon()));
        return found ? std::nullopt : std::optional(found.error().code);
    }

    std::vector<std::string> names(accounts::AccountId owner, const std::string& after, std::size_t count)
    {
        const auto page = run(files.list(owner, after, count, soon())).value();
        std::vector<std::string> all;
        for (const auto& file : page.files) {
            all.push_back(file.name.text());
        }
        all.emplace_back(page.is_last ? "." : "…");
        return all;
    }

    template <class T>
    static T run(Task<T> task)
    {
        return tests::run_task(std::move(task));
    }
};

TEST_F(FilesTest, ShowsAccountsTheirOwnFilesAlone)
{
    put(key(jane));
    EXPECT_TRUE(run(files.find(key(jane), soon())));
    EXPECT_EQ(failure_of_find(key(john)), ErrorCode::file_not_found);
    EXPECT_EQ(names(john, "", 10), std::vector<std::string>{"."});
    EXPECT_TRUE(run(files.remove(key(john), soon())));
    EXPECT_TRUE(run(files.find(key(jane), soon())));
}

TEST_F(FilesTest, TakesAsManyBytesAsAreAllowed)
{
    const auto upload = run(files.begin_upload(key(jane), "", soon())).value();
    EXPECT_TRUE(run(upload->write("12345")));
    EXPECT_TRUE(run(upload->write("67890")));
    EXPECT_EQ(run(upload->write("!")), fail(ErrorCode::payload_too_large));
}

TEST_F(FilesTest, HidesWhatIsOlderThanItsAccount)
{
    put(key(jane, "old"));
    put(key(jane, "older"));
    tables.users.at(jane).account.created_at = SystemClock().now();
    put(key(jane, "new"));
    EXPECT_EQ(failure_of_find(key(jane, "old")), ErrorCode::file_not_found);
    EXPECT_TRUE(run(files.find(key(jane, "new"), soon())));
    EXPECT_EQ(names(jane, "", 1), (std::vector<std::string>{"new", "."}));
    EXPECT_TRUE(run(files.remove(key(jane, "old"), soon())));
    tables.users.at(jane).account.created_at = in_the_past;
    EXPECT_EQ(names(jane, "", 10), (std::vector<std::string>{"new", "old", "older", "."}));
}

TEST_F(FilesTest, SaysWhetherAnotherPageFollows)
{
    for (const auto* name : {"a", "b", "c"}) {
        put(key(jane, name));
    }
    EXPECT_EQ(names(jane, "", 2), (std::vector<std::string>{"a", "b", "…"}));
    EXPECT_EQ(names(jane, "b", 2), (std::vector<std::string>{"c", "."}));
    EXPECT_EQ(names(jane, "", 3), (std::vector<std::string>{"a", "b", "c", "."}));
    EXPECT_EQ(names(jane, "c", 3), (std::vector<std::string>{"."}));
}

TEST_F(FilesTest, KnowNobodyWhoIsGone)
{
    EXPECT_EQ(run(files.begin_upload(key(99), "", soon())).error().code, ErrorCode::invalid_access_token);
    EXPECT_EQ(failure_of_find(key(99)), ErrorCode::invalid_access_token);
    EXPECT_EQ(run(files.remove(key(99), soon())).error().code, ErrorCode::invalid_access_token);
    EXPECT_EQ(run(files.list(99, "", 1, soon())).error().code, ErrorCode::invalid_access_token);
}

}
}
