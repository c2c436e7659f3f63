#include "crypto/hash_scheduler.hpp"

#include "base/unavailable.hpp"
#include "runtime/io_threads.hpp"
#include "tests/support/run_task.hpp"

#include <algorithm>
#include <atomic>
#include <filesystem>
#include <fstream>
#include <memory>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/resource.h>

namespace watchword::crypto {
namespace {

using namespace std::chrono_literals;

constexpr HashPolicy quick{PasswordScheme::bcrypt_sha256, 4, {}};
constexpr HashPolicy slow{PasswordScheme::bcrypt_sha256, 9, {}};       // about 25 ms
constexpr HashPolicy very_slow{PasswordScheme::bcrypt_sha256, 12, {}}; // 200 ms: time enough to queue others behind it

HashOptions options(HashPolicy policy, std::size_t threads = 1, std::chrono::milliseconds longest_wait = 60s)
{
    return {policy, threads, longest_wait};
}

std::optional<PasswordHash> hash_of(const std::string& password, const HashPolicy& policy)
{
    return PasswordHash::parse(make(SecretText(password), policy));
}

/// The context stands before every scheduler of a test, since it has to outlive them.
class HashSchedulerTest : public testing::Test {
protected:
    Result<Verdict> verify_now(HashScheduler& scheduler, const std::string& password,
                               std::optional<PasswordHash> stored)
    {
        return tests::run_task(context,
                               scheduler.verify(SecretText(password), std::move(stored), Deadline::after(60s)));
    }

    asio::io_context context;
};

/// What became of several calls, in the order of their answers.
struct Answers {
    std::vector<std::string> order;
    int overloaded = 0;
    int unavailable = 0;
    std::chrono::seconds retry_after{};

    template <class T>
    void add(const std::string& name, const Result<T>& result)
    {
        order.push_back(name);
        if (!result) {
            overloaded += result.error().code == ErrorCode::overloaded ? 1 : 0;
            retry_after = result.error().retry_after;
        }
    }
};

Task<> verify_into(Answers& answers, std::string name, HashScheduler& scheduler, PasswordHash stored)
{
    try {
        const auto verdict = co_await scheduler.verify(SecretText("right"), stored, Deadline::after(60s));
        answers.add(name, verdict);
    } catch (const Unavailable&) {
        ++answers.unavailable;
    }
}

Task<> remake_into(Answers& answers, std::string name, HashScheduler& scheduler)
{
    try {
        const auto hash = co_await scheduler.remake(SecretText("right"), Deadline::after(60s));
        answers.add(name, hash);
    } catch (const Unavailable&) {
        ++answers.unavailable;
    }
}

TEST_F(HashSchedulerTest, TellsTheRightPasswordFromWrongOnes)
{
    HashScheduler scheduler(options(quick));
    EXPECT_EQ(verify_now(scheduler, "right", hash_of("right", quick)), Verdict::match);
    EXPECT_EQ(verify_now(scheduler, "wrong", hash_of("right", quick)), Verdict::mismatch);
    EXPECT_EQ(scheduler.computed(), 2u);
}

TEST_F(HashSchedulerTest, SaysWhenTheRightPasswordHasAnOutdatedHash)
{
    HashScheduler scheduler(options({PasswordScheme::bcrypt_sha256, 5, {}}));
    EXPECT_EQ(verify_now(scheduler, "right", hash_of("right", quick)), Verdict::match_of_an_outdated_hash);
    EXPECT_EQ(verify_now(scheduler, "wrong", hash_of("right", quick)), Verdict::mismatch);
}

TEST_F(HashSchedulerTest, PlainBcryptStaysWhereTheOwnersPasswordMayBeLonger)
{
    HashScheduler scheduler(options(quick));
    const auto stored = PasswordHash::parse("$2a$04$Z8RYOpFPUDvTOw1FBpaVtOd.VLRauGR7yjVnLRP8RbNwwHrNCnS5W");
    EXPECT_EQ(verify_now(scheduler, std::string(72, 'p'), stored), Verdict::match);
    EXPECT_EQ(verify_now(scheduler, std::string(512, 'p'), stored), Verdict::match);
}

TEST_F(HashSchedulerTest, ComputesOneHashWhereNothingIsStored)
{
    HashScheduler scheduler(options(quick));
    EXPECT_EQ(verify_now(scheduler, "any", std::nullopt), Verdict::mismatch);
    EXPECT_EQ(verify_now(scheduler, "", PasswordHash::parse("!")), Verdict::mismatch);
    EXPECT_EQ(scheduler.computed(), 2u);
}

TEST_F(HashSchedulerTest, MakesHashesThatVerify)
{
    HashScheduler scheduler(options(quick));
    const auto made = tests::run_task(context, scheduler.make(SecretText("right"), Deadline::after(60s)));
    const auto remade = tests::run_task(context, scheduler.remake(SecretText("right"), Deadline::after(60s)));
    ASSERT_TRUE(made && remade);
    EXPECT_NE(*made, *remade);
    EXPECT_EQ(verify_now(scheduler, "right", PasswordHash::parse(*made)), Verdict::match);
    EXPECT_EQ(verify_now(scheduler, "right", PasswordHash::parse(*remade)), Verdict::match);
}

TEST_F(HashSchedulerTest, AnswersAMismatchWithACheapHashNoSoonerThanWithADearOne)
{
    HashScheduler scheduler(options(slow));
    const auto timed = [&](const std::optional<PasswordHash>& stored) {
        const auto start = std::chrono::steady_clock::now();
        EXPECT_EQ(verify_now(scheduler, "wrong", stored), Verdict::mismatch);
        return std::chrono::steady_clock::now() - start;
    };
    const auto cheap = hash_of("right", quick);
    const auto cheap_argon2id = hash_of("right", {PasswordScheme::argon2id, 4, {64, 1, 1}});
    timed(std::nullopt); // the first one replaces the guess
    const auto dear = std::min({timed(std::nullopt), timed(std::nullopt), timed(std::nullopt)});
    EXPECT_GT(timed(cheap), dear * 7 / 8);
    EXPECT_GT(timed(cheap_argon2id), dear * 7 / 8);
    EXPECT_EQ(scheduler.computed(), 6u) << "time passes, but nothing more is computed";
}

TEST_F(HashSchedulerTest, RefusesWhatWouldWaitTooLong)
{
    HashScheduler scheduler(options(slow, 1, 0ms));
    Answers answers;
    for (int i = 0; i < 4; ++i) {
        asio::co_spawn(context, verify_into(answers, "login", scheduler, nobodys_hash(very_slow)), asio::detached);
    }
    context.run();
    EXPECT_EQ(answers.order.size(), 4u);
    EXPECT_EQ(answers.overloaded, 3);
    EXPECT_EQ(answers.retry_after, 1s);
    EXPECT_EQ(scheduler.computed(), 1u);
}

TEST_F(HashSchedulerTest, ComputesNothingForARequestThatIsOver)
{
    HashScheduler scheduler(options(quick));
    const auto verdict =
        tests::run_task(context, scheduler.verify(SecretText("right"), std::nullopt, Deadline::after(-1ms)));
    ASSERT_FALSE(verdict);
    EXPECT_EQ(verdict.error().code, ErrorCode::overloaded);
    EXPECT_EQ(scheduler.computed(), 0u);
}

TEST_F(HashSchedulerTest, LetsLoginsOvertakeRehashes)
{
    HashScheduler scheduler(options(slow));
    Answers answers;
    const PasswordHash dear = nobodys_hash(very_slow);
    const PasswordHash matching = hash_of("right", slow).value(); // a mismatch would be held back
    asio::co_spawn(context, verify_into(answers, "first login", scheduler, dear), asio::detached);
    asio::co_spawn(context, remake_into(answers, "rehash", scheduler), asio::detached);
    asio::co_spawn(context, verify_into(answers, "second login", scheduler, matching), asio::detached);
    context.run();
    EXPECT_EQ(answers.order, (std::vector<std::string>{"first login", "second login", "rehash"}));
}

TEST_F(HashSchedulerTest, TellsThoseWhoWaitWhenItStops)
{
    Answers answers;
    auto scheduler = std::make_unique<HashScheduler>(options(slow));
    for (int i = 0; i < 20; ++i) {
        asio::co_spawn(context, verify_into(answers, "login", *scheduler, nobodys_hash(very_slow)), asio::detached);
        asio::co_spawn(context, remake_into(answers, "rehash", *scheduler), asio::detached);
    }
    context.poll();
    scheduler.reset();
    context.run();
    EXPECT_GE(answers.unavailable, 35);
    EXPECT_EQ(static_cast<int>(answers.order.size()) + answers.unavailable, 40);
}

Task<> verify_many(HashScheduler& scheduler, const PasswordHash& stored, std::atomic<int>& matches)
{
    for (int i = 0; i < 25; ++i) {
        const auto thread = std::this_thread::get_id();
        const auto verdict = co_await scheduler.verify(SecretText("right"), stored, Deadline::after(60s));
        matches += verdict == Verdict::match && thread == std::this_thread::get_id() ? 1 : 0;
    }
}

TEST_F(HashSchedulerTest, ServesManyThreadsAndAnswersEachOnItsOwn)
{
    IoThreads io(4);
    HashScheduler scheduler(options(quick, 3));
    const auto stored = hash_of("right", quick);
    std::atomic<int> matches = 0;
    for (std::size_t i = 0; i < io.count(); ++i) {
        asio::co_spawn(io.context(i), verify_many(scheduler, *stored, matches), asio::detached);
        asio::co_spawn(io.context(i), verify_many(scheduler, *stored, matches), asio::detached);
    }
    io.start();
    io.join();
    EXPECT_EQ(matches, 200);
    EXPECT_EQ(scheduler.computed(), 200u);
}

TEST_F(HashSchedulerTest, YieldsToOtherThreads)
{
    HashScheduler scheduler(options(quick, 2));
    verify_now(scheduler, "any", std::nullopt);
    const int own = ::getpriority(PRIO_PROCESS, 0);
    std::vector<int> of_hash_threads;
    for (const auto& task : std::filesystem::directory_iterator("/proc/self/task")) {
        std::string name;
        std::ifstream comm(task.path() / "comm");
        std::getline(comm, name);
        if (name == "hash") {
            const auto id = static_cast<id_t>(std::stoul(task.path().filename().string()));
            of_hash_threads.push_back(::getpriority(PRIO_PROCESS, id));
        }
    }
    // One of the two may not have come so far yet.
    EXPECT_THAT(of_hash_threads, testing::Contains(std::min(own + 10, 19)));
    EXPECT_EQ(::getpriority(PRIO_PROCESS, 0), own);
}

TEST_F(HashSchedulerTest, RefusesAPolicyOutOfBounds)
{
    EXPECT_THROW(HashScheduler(options({PasswordScheme::bcrypt_sha256, 31, {}})), std::invalid_argument);
}

}
}
