#include "crypto/hash_queue.hpp"

#include <gtest/gtest.h>

namespace watchword::crypto {
namespace {

using namespace std::chrono_literals;

constexpr HashWork unit{HashWork::Function::bcrypt, 4096}; // cost 12
constexpr HashPolicy policy{PasswordScheme::bcrypt_sha256, 12, {}};

/// A queue whose hashes of cost 12 take exactly 200 ms, and a clock that the test moves.
class HashQueueTest : public testing::Test {
protected:
    static HashQueue queue_for(std::size_t threads, HashQueue::Duration longest_wait = 1s)
    {
        HashQueue queue(threads, longest_wait);
        const HashQueue::Time start{};
        for (int i = 0; i < 100; ++i) {
            queue.finish(0, unit, start, start + 200ms);
        }
        return queue;
    }

    HashJob job(std::string name, Precedence precedence = Precedence::request)
    {
        return {SecretText(std::move(name)), nobodys_hash(policy), precedence, deadline, nullptr};
    }

    bool admitted(const HashQueue& queue, Precedence precedence = Precedence::request)
    {
        return queue.admit(job("one more", precedence), now).has_value();
    }

    std::string name_of_next(HashQueue& queue, std::size_t thread)
    {
        const auto taken = queue.take(thread, now);
        return taken ? taken->password.reveal() : "nothing";
    }

    Deadline deadline = Deadline::after(1h);
    HashQueue::Time now = Deadline::Steady::now();
};

TEST_F(HashQueueTest, GivesJobsInTheirOrder)
{
    HashQueue queue = queue_for(1);
    EXPECT_FALSE(queue.ready());
    queue.add(job("first"));
    queue.add(job("second"));
    EXPECT_EQ(name_of_next(queue, 0), "first");
    EXPECT_EQ(name_of_next(queue, 0), "second");
    EXPECT_EQ(name_of_next(queue, 0), "nothing");
}

TEST_F(HashQueueTest, IsBoundedByTheTimeThatTheLastOneWaits)
{
    HashQueue queue = queue_for(1);
    for (int i = 0; i < 6; ++i) {
        ASSERT_TRUE(admitted(queue)) << i;
        queue.add(job("waits up to a second"));
        if (i == 0) {
            queue.take(0, now);
        }
    }
    const auto refused = queue.admit(job("one too many"), now);
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error(), (Error{ErrorCode::overloaded, 2s}));
    now += 200ms; // the one that runs is over its time, so the others are nearer by as much
    EXPECT_TRUE(admitted(queue));
}

TEST_F(HashQueueTest, TwoThreadsTakeTwiceAsMany)
{
    HashQueue queue = queue_for(2);
    int count = 0;
    while (admitted(queue)) {
        queue.add(job("waits"));
        ++count;
    }
    EXPECT_EQ(count, 11);
}

TEST_F(HashQueueTest, AnIdleThreadTakesEvenWhatTakesLongerThanTheBound)
{
    HashQueue queue = queue_for(2, 50ms);
    EXPECT_TRUE(admitted(queue));
    queue.add(job("dear"));
    queue.take(0, now);
    EXPECT_TRUE(admitted(queue));
    queue.add(job("dear"));
    queue.take(1, now);
    EXPECT_FALSE(admitted(queue));
}

TEST_F(HashQueueTest, RefusesWhatWouldStartAfterItsDeadline)
{
    HashQueue queue = queue_for(1);
    queue.add(job("first"));
    queue.take(0, now);
    deadline = Deadline::after(100ms);
    EXPECT_FALSE(admitted(queue));
    queue.abandon(0);
    EXPECT_TRUE(admitted(queue));
}

TEST_F(HashQueueTest, DropsWhatHasWaitedBeyondItsDeadline)
{
    HashQueue queue = queue_for(1);
    queue.add(job("patient"));
    deadline = Deadline::after(100ms);
    queue.add(job("hasty", Precedence::background));
    EXPECT_TRUE(queue.take_expired(now).empty());
    now = deadline.at();
    const auto expired = queue.take_expired(now);
    ASSERT_EQ(expired.size(), 1u);
    EXPECT_EQ(expired.front().password.reveal(), "hasty");
    EXPECT_EQ(name_of_next(queue, 0), "patient");
}

TEST_F(HashQueueTest, BackgroundRunsOnlyWhenNoRequestWaits)
{
    HashQueue queue = queue_for(1);
    queue.add(job("background", Precedence::background));
    queue.add(job("request"));
    EXPECT_EQ(name_of_next(queue, 0), "request");
    EXPECT_EQ(name_of_next(queue, 0), "background");
}

TEST_F(HashQueueTest, BackgroundNeverHoldsTwoThreads)
{
    HashQueue queue = queue_for(2);
    queue.add(job("first", Precedence::background));
    queue.add(job("second", Precedence::background));
    EXPECT_EQ(name_of_next(queue, 0), "first");
    EXPECT_FALSE(queue.ready());
    EXPECT_EQ(name_of_next(queue, 1), "nothing");
    queue.finish(0, unit, now, now + 200ms);
    EXPECT_EQ(name_of_next(queue, 1), "second");
}

TEST_F(HashQueueTest, BackgroundNeverMakesARequestBeRefused)
{
    HashQueue queue = queue_for(1, 50ms);
    queue.add(job("running", Precedence::background));
    queue.take(0, now);
    queue.add(job("waiting", Precedence::background));
    EXPECT_TRUE(admitted(queue));
}

TEST_F(HashQueueTest, BackgroundIsBoundedByItsDeadlineAlone)
{
    HashQueue queue = queue_for(1, 50ms);
    deadline = Deadline::after(30s);
    now = deadline.at() - 30s;
    int count = 0;
    while (admitted(queue, Precedence::background)) {
        queue.add(job("background", Precedence::background));
        ++count;
    }
    EXPECT_NEAR(count, 150, 1);
}

TEST_F(HashQueueTest, GivesBackAllThatWait)
{
    HashQueue queue = queue_for(1);
    queue.add(job("request"));
    queue.add(job("background", Precedence::background));
    EXPECT_EQ(queue.take_all().size(), 2u);
    EXPECT_FALSE(queue.ready());
}

TEST(HashTimes, ServeEveryCostOfAFunction)
{
    HashTimes times;
    times.record({HashWork::Function::bcrypt, 1024}, 100ms);
    EXPECT_NEAR(static_cast<double>(times.expected({HashWork::Function::bcrypt, 4096}).count()), 400e6, 4e6);
    EXPECT_NEAR(static_cast<double>(times.expected({HashWork::Function::bcrypt, 16}).count()), 1.5625e6, 2e4);
    EXPECT_LT(times.expected({HashWork::Function::argon2id, 2 * 19456}), 100ms) << "another function, another rate";
}

TEST(HashTimes, FollowTheLoad)
{
    HashTimes times;
    for (int i = 0; i < 50; ++i) {
        times.record(unit, 200ms);
    }
    times.record(unit, 1000ms);
    EXPECT_LT(times.expected(unit), 350ms) << "one outlier is not the present time";
    for (int i = 0; i < 50; ++i) {
        times.record(unit, 400ms);
    }
    EXPECT_NEAR(static_cast<double>(times.expected(unit).count()), 400e6, 4e6);
}

}
}
