#include "runtime/io_threads.hpp"
#include "runtime/task_group.hpp"
#include "runtime/worker_thread.hpp"
#include "tests/support/run_task.hpp"

#include <stdexcept>

#include <gtest/gtest.h>

namespace watchword {
namespace {

Task<std::thread::id> thread_of(WorkerThread& worker)
{
    co_return co_await worker.run([] { return std::this_thread::get_id(); });
}

TEST(WorkerThread, RunsTheWorkElsewhereAndReturnsToTheCaller)
{
    WorkerThread worker("test");
    EXPECT_NE(tests::run_task(thread_of(worker)), std::this_thread::get_id());
}

Task<> throwing(WorkerThread& worker)
{
    co_await worker.run([] { throw std::runtime_error("from the worker"); });
}

TEST(WorkerThread, CarriesExceptionsToTheCaller)
{
    WorkerThread worker("test");
    EXPECT_THROW(tests::run_task(throwing(worker)), std::runtime_error);
}

TEST(WorkerThread, RunsWhatWasAcceptedBeforeItEnds)
{
    int ran = 0;
    {
        WorkerThread worker("test");
        for (int i = 0; i < 100; ++i) {
            worker.post([&] { ++ran; });
        }
    }
    EXPECT_EQ(ran, 100);
}

Task<> count(int& ran)
{
    ++ran;
    co_return;
}

Task<> failing()
{
    throw std::runtime_error("expected in this test");
    co_return;
}

Task<> spawn_and_wait(TaskGroup& group, int& ran)
{
    group.spawn("count", count(ran));
    group.spawn("failing", failing());
    group.spawn("count", count(ran));
    co_await group.wait();
}

TEST(TaskGroup, WaitsForAllAndSurvivesOneThatFails)
{
    asio::io_context context;
    TaskGroup group(context.get_executor());
    int ran = 0;
    tests::run_task(context, spawn_and_wait(group, ran));
    EXPECT_EQ(ran, 2);
    EXPECT_EQ(group.size(), 0u);
}

}
}
