#include "files/object_store_s3.hpp"

#include "base/unavailable.hpp"
#include "tests/contract/object_store_contract.hpp"
#include "tests/support/minio_process.hpp"
#include "tests/support/temporary_folder.hpp"

#include <atomic>

#include <gmock/gmock.h>

namespace watchword::tests {
namespace {

using namespace std::chrono_literals;

/// One for all tests of this program.
MinioProcess& minio()
{
    static MinioProcess process;
    return process;
}

s3::ClientSettings settings(const std::string& bucket = "app-files")
{
    return {.endpoint = minio().endpoint(),
            .bucket = bucket,
            .region = "us-east-1",
            .credentials = {MinioProcess::user, SecretText(MinioProcess::password)}};
}

struct S3Store {
    explicit S3Store(s3::ClientSettings to) : client(std::move(to), clock) {}

    TemporaryFolder folder;
    WorkerPool workers{"files", 3};
    SystemClock clock;
    s3::Client client;
    std::unique_ptr<files::ObjectStore> store = files::make_s3_object_store(client, folder.path(), workers);
};

struct MinioHarness {
    std::unique_ptr<S3Store> s3 = missing().empty() ? std::make_unique<S3Store>(settings()) : nullptr;
    accounts::AccountId owner = next_owner();

    files::ObjectStore& store() { return *s3->store; }
    static std::string missing() { return MinioProcess::missing(); }
    std::size_t drafts() const
    {
        return static_cast<std::size_t>(std::distance(std::filesystem::directory_iterator(s3->folder.path()),
                                                      std::filesystem::directory_iterator()));
    }

    static accounts::AccountId next_owner()
    {
        static accounts::AccountId last = 0;
        return last += 10;
    }
};

INSTANTIATE_TYPED_TEST_SUITE_P(Minio, ObjectStoreContract, MinioHarness);

class S3ObjectStoreTest : public testing::Test {
protected:
    void SetUp() override
    {
        if (const auto reason = MinioProcess::missing(); !reason.empty()) {
            GTEST_SKIP() << reason;
        }
    }

    static Deadline soon() { return Deadline::after(10s); }
    const files::ObjectKey key{MinioHarness::next_owner(), files::FileName::parse("a b+c%2B表.txt").value()};

    static void put(S3Store& s3, const files::ObjectKey& key, std::string_view content)
    {
        const auto object = run_task(s3.store->create(key, "text/plain"));
        run_task(object->write(content));
        run_task(object->publish());
    }

    static std::string why_unavailable(S3Store& s3, const files::ObjectKey& key)
    {
        try {
            run_task(s3.store->find(key, soon()));
            return "it is available";
        } catch (const Unavailable& error) {
            return error.what();
        }
    }
};

TEST_F(S3ObjectStoreTest, UsesTheKeysOfTheReplacedService)
{
    S3Store s3(settings());
    put(s3, key, "x");
    const auto page = run_task(s3.client.list({"user-files/" + std::to_string(key.owner) + "/", {}, {}, 10}, soon()));
    ASSERT_EQ(page.keys.size(), 1u);
    EXPECT_EQ(page.keys[0].key, "user-files/" + std::to_string(key.owner) + "/a b+c%2B表.txt");
}

TEST_F(S3ObjectStoreTest, MakesTheBucketOnceHoweverManyAsk)
{
    std::vector<std::jthread> instances;
    std::atomic<int> stored = 0;
    for (int i = 0; i < 3; ++i) {
        instances.emplace_back([&] {
            S3Store s3(settings("made-by-need"));
            run_task(s3.client.prepare());
            put(s3, key, "x");
            ++stored;
        });
    }
    instances.clear();
    EXPECT_EQ(stored, 3);
    S3Store s3(settings("made-without-looking"));
    EXPECT_TRUE(run_task(s3.store->list(1, "", 10, soon())).empty());
}

TEST_F(S3ObjectStoreTest, SaysWhyItIsRefused)
{
    auto wrong = settings();
    wrong.credentials.secret_key = SecretText("another secret");
    S3Store wrong_key(wrong);
    EXPECT_THAT(why_unavailable(wrong_key, key), testing::HasSubstr("403 SignatureDoesNotMatch"));
    wrong = settings();
    wrong.credentials.access_key = "nobody";
    S3Store nobody(wrong);
    EXPECT_THAT(why_unavailable(nobody, key), testing::HasSubstr("403 InvalidAccessKeyId"));
    EXPECT_THAT(why_unavailable(nobody, key), testing::Not(testing::HasSubstr("user-files")));
    run_task(nobody.client.prepare()); // logs
}

TEST_F(S3ObjectStoreTest, IsUnavailableWhereNobodyListens)
{
    auto nowhere = settings();
    nowhere.endpoint = "127.0.0.1:1";
    S3Store s3(nowhere);
    for (int i = 0; i < s3::Breaker::failures_max; ++i) {
        EXPECT_THAT(why_unavailable(s3, key), testing::HasSubstr("does not answer"));
    }
    const auto began = std::chrono::steady_clock::now();
    EXPECT_THAT(why_unavailable(s3, key), testing::HasSubstr("not asked again yet"));
    EXPECT_LT(std::chrono::steady_clock::now() - began, 50ms);
}

TEST_F(S3ObjectStoreTest, DoesNotWaitForAStoreThatHangs)
{
    MinioProcess frozen;
    auto to = settings();
    to.endpoint = frozen.endpoint();
    S3Store s3(to);
    put(s3, key, "x");
    frozen.freeze();
    const auto began = std::chrono::steady_clock::now();
    EXPECT_THAT(why_unavailable(s3, key), testing::HasSubstr("no answer in time"));
    EXPECT_LT(std::chrono::steady_clock::now() - began, 6s);
    frozen.thaw();
    EXPECT_EQ(run_task(s3.store->find(key, soon()))->description().size, 1u);
}

TEST_F(S3ObjectStoreTest, HoldsBackAStoreThatIsFasterThanItsReader)
{
    S3Store s3(settings());
    std::string content;
    for (unsigned i = 0; i < 3'000'000; ++i) {
        content += static_cast<char>(i * 7919 >> 5);
    }
    put(s3, key, content);
    const auto object = run_task(s3.store->find(key, soon()));
    const auto reader = run_task(object->read(0, content.size(), soon()));
    std::string received(run_task(reader->next()));
    std::this_thread::sleep_for(300ms);
    while (received.size() < content.size()) {
        const auto piece = run_task(reader->next());
        ASSERT_FALSE(piece.empty());
        ASSERT_LE(piece.size(), 64u * 1024);
        received += piece;
    }
    EXPECT_TRUE(received == content);
    EXPECT_TRUE(run_task(reader->next()).empty());
}

TEST_F(S3ObjectStoreTest, CanBeLeftInTheMiddle)
{
    S3Store s3(settings());
    put(s3, key, std::string(2'000'000, 'x'));
    for (int i = 0; i < 20; ++i) {
        const auto object = run_task(s3.store->find(key, soon()));
        const auto reader = run_task(object->read(0, 2'000'000, soon()));
        EXPECT_FALSE(run_task(reader->next()).empty());
    }
}

}
}
