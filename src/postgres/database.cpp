#include "postgres/database.hpp"

#include "postgres/failure.hpp"
#include "postgres/lanes.hpp"
#include "runtime/worker_pool.hpp"

#include <optional>
#include <random>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/dispatch.hpp>
#include <boost/asio/steady_timer.hpp>

namespace watchword::postgres {
namespace {

// Beyond it a request would not be answered before its deadline anyway.
constexpr std::size_t waiting_max = 10'000;

// A round trip's worth of small reads; the server works them off one after another.
constexpr std::size_t reads_under_way = 64;

constexpr std::size_t connector_threads = 4;

constexpr int collisions_max = 3; // of one flight, before it is given up

std::size_t share(std::size_t total, std::size_t threads)
{
    return (total + threads - 1) / threads;
}

/// Submits on the thread of the lanes and resumes the caller on its own.
Task<std::vector<Rows>> answers_to(asio::io_context& context, Lanes& lanes, Flight flight, Deadline deadline)
{
    auto start = [&context, &lanes, flight = std::move(flight), deadline](auto done) mutable {
        auto request = std::make_shared<Request>(Request{std::move(flight), deadline, std::move(done)});
        asio::dispatch(context, [&lanes, request = std::move(request)] { lanes.submit(request); });
    };
    co_return co_await resume_here_when<std::vector<Rows>>(std::move(start));
}

/// For a moment of chance, so that those who collided do not meet again.
Task<> step_aside()
{
    thread_local std::minstd_rand random{std::random_device{}()};
    const std::chrono::milliseconds time{std::uniform_int_distribution<int>(1, 30)(random)};
    asio::steady_timer timer(co_await asio::this_coro::executor, time);
    co_await timer.async_wait(asio::use_awaitable);
}

}

struct Database::Threads {
    struct Thread {
        asio::io_context& context;
        Lanes reads;
        Lanes writes;

        Thread(asio::io_context& own, const ConnectionOptions& connection, const LaneOptions& reading,
               const LaneOptions& writing, WorkerPool& connectors, ServerNews& news)
            : context(own),
              reads(own, connection, reading, connectors, news),
              writes(own, connection, writing, connectors, news)
        {
        }
    };

    WorkerPool connectors{"pg-connect", connector_threads};
    ServerNews news;
    std::vector<std::unique_ptr<Thread>> all;

    Threads(IoThreads& threads, const DatabaseOptions& options)
    {
        const auto count = threads.count();
        const LaneOptions reading{.kept = 1,
                                  .extra = 0,
                                  .depth = reads_under_way,
                                  .waiting_max = waiting_max,
                                  .waiting_time = options.waiting_time,
                                  .recycle = options.recycle};
        const LaneOptions writing{.kept = share(options.write_connections, count),
                                  .extra = share(options.extra_connections, count),
                                  .depth = 1,
                                  .waiting_max = waiting_max,
                                  .waiting_time = options.waiting_time,
                                  .recycle = options.recycle};
        for (std::size_t i = 0; i < count; ++i) {
            auto& context = threads.context(i);
            all.push_back(std::make_unique<Thread>(context, options.connection, reading, writing, connectors, news));
        }
    }

    Thread& own() { return *all[IoThreads::current()]; }
};

Database::Database(IoThreads& threads, DatabaseOptions options)
    : options_(std::move(options)), threads_(std::make_unique<Threads>(threads, options_))
{
}

Database::~Database() = default;

WorkerPool& Database::connectors()
{
    return threads_->connectors;
}

Task<> Database::start()
{
    auto start_both = [](Threads::Thread& thread) -> Task<> {
        thread.reads.start();
        thread.writes.start();
        co_return;
    };
    for (auto& thread : threads_->all) {
        co_await asio::co_spawn(thread->context, start_both(*thread), asio::use_awaitable);
    }
}

Task<> Database::stop()
{
    for (auto& thread : threads_->all) {
        co_await asio::co_spawn(thread->context, thread->reads.stop(), asio::use_awaitable);
        co_await asio::co_spawn(thread->context, thread->writes.stop(), asio::use_awaitable);
    }
}

/// A server that keeps silent is left long before a request has used up its time.
Deadline Database::for_a_statement(Deadline deadline) const
{
    return deadline.within(options_.connection.statement_timeout);
}

Task<Rows> Database::read_flight(Flight flight, Deadline deadline)
{
    auto& own = threads_->own();
    auto answers = co_await answers_to(own.context, own.reads, std::move(flight), for_a_statement(deadline));
    co_return std::move(answers.front());
}

Task<std::vector<Rows>> Database::write(Flight flight, Deadline deadline)
{
    auto& own = threads_->own();
    const auto until = for_a_statement(deadline);
    for (int tries_left = collisions_max;; --tries_left) {
        try {
            co_return co_await answers_to(own.context, own.writes, flight, until);
        } catch (const Collision&) {
            if (tries_left == 0) {
                throw;
            }
        }
        co_await step_aside();
    }
}

}
