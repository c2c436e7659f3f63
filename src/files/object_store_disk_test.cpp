#include "base/start_refused.hpp"
#include "base/unavailable.hpp"
#include "files/object_store_disk.hpp"
#include "tests/contract/object_store_contract.hpp"
#include "tests/support/temporary_folder.hpp"

#include <fstream>

#include <gmock/gmock.h>
#include <sys/stat.h>

namespace watchword::tests {
namespace {

namespace fs = std::filesystem;

struct DiskHarness {
    TemporaryFolder folder;
    WorkerPool workers{"files", 3};
    std::unique_ptr<files::ObjectStore> disk = files::make_disk_object_store(folder.path() / "files", workers);
    accounts::AccountId owner = 7;

    files::ObjectStore& store() { return *disk; }
    static std::string missing() { return {}; }

    /// How many objects that were not published are still there, when their end has had time to reach the disk.
    std::size_t drafts() const
    {
        std::ptrdiff_t left = 1;
        for (int i = 0; i < 300 && left > 0; ++i) {
            std::this_thread::sleep_for(std::chrono::milliseconds{10});
            left = std::distance(fs::directory_iterator(folder.path() / "files/uploads"), fs::directory_iterator());
        }
        return static_cast<std::size_t>(left);
    }
};

INSTANTIATE_TYPED_TEST_SUITE_P(Disk, ObjectStoreContract, DiskHarness);

class DiskObjectStoreTest : public testing::Test {
protected:
    TemporaryFolder folder;
    WorkerPool workers{"files", 2};
    const files::ObjectKey key{7, files::FileName::parse("Hello.txt").value()};

    std::unique_ptr<files::ObjectStore> open() { return files::make_disk_object_store(folder.path(), workers); }
};

TEST_F(DiskObjectStoreTest, KeepsFilesForItsUserAlone)
{
    const auto store = open();
    const auto object = run_task(store->create(key, ""));
    run_task(object->write("x"));
    run_task(object->publish());
    const auto path = folder.path() / "user-files/7/+hello.txt";
    struct stat status{};
    ASSERT_EQ(::stat(path.c_str(), &status), 0);
    EXPECT_EQ(status.st_mode & 0777, 0600u);
    EXPECT_EQ(fs::status(path.parent_path()).permissions(), fs::perms::owner_all);
}

TEST_F(DiskObjectStoreTest, SweepsWhatAnEarlierProcessHasLeft)
{
    open();
    std::ofstream(folder.path() / "uploads/17") << "half a file";
    open();
    EXPECT_TRUE(fs::is_empty(folder.path() / "uploads"));
}

TEST_F(DiskObjectStoreTest, TakesNothingForAFileThatItHasNotWritten)
{
    const auto store = open();
    const auto mine = folder.path() / "user-files/7";
    fs::create_directories(mine / "folder");
    std::ofstream(folder.path() / "outside") << "secret";
    std::ofstream(mine / "UPPER") << "x";
    fs::create_symlink(folder.path() / "outside", mine / "link");
    const Deadline deadline = Deadline::after(std::chrono::seconds{5});
    EXPECT_TRUE(run_task(store->list(7, "", 100, deadline)).empty());
    EXPECT_EQ(run_task(store->find({7, files::FileName::parse("folder").value()}, deadline)), nullptr);
    EXPECT_THROW(run_task(store->find({7, files::FileName::parse("link").value()}, deadline)), Unavailable);
}

TEST_F(DiskObjectStoreTest, RefusesToStartWhereItCannotWrite)
{
    std::ofstream(folder.path() / "file") << "x";
    EXPECT_THROW(files::make_disk_object_store(folder.path() / "file", workers), StartRefused);
    EXPECT_THROW(files::make_disk_object_store(folder.path() / "none/files", workers), StartRefused);
}

TEST_F(DiskObjectStoreTest, SaysThatItIsUnavailableWhenTheDiskIs)
{
    const auto store = open();
    const auto object = run_task(store->create(key, ""));
    fs::remove_all(folder.path() / "user-files");
    EXPECT_THROW(run_task(object->publish()), Unavailable);
}

}
}
