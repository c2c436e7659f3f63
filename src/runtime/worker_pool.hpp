#pragma once

#include "runtime/task.hpp"

#include <condition_variable>
#include <cstddef>
#include <deque>
#include <exception>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <thread>
#include <type_traits>
#include <vector>

#include <boost/asio/associated_executor.hpp>
#include <boost/asio/async_result.hpp>
#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/post.hpp>

namespace watchword {

/// Calls `start(done)` and suspends until `done` is called, from any thread, once; then resumes on the caller's own
/// executor with the value. The one bridge between coroutines and code on other threads.
///
/// `done` is a copyable function of `void(std::exception_ptr, T)`.
template <class T, class Start>
Task<T> resume_here_when(Start start);

/// Threads that run jobs from one queue, for code that blocks. Jobs are accepted from every thread and begin in their
/// order.
class WorkerPool {
public:
    using Job = std::function<void()>;

    /// `name` is what `top -H` shows, at most 15 bytes.
    WorkerPool(const char* name, std::size_t threads);

    /// Runs what was accepted, then ends.
    ~WorkerPool();

    WorkerPool(const WorkerPool&) = delete;
    WorkerPool& operator=(const WorkerPool&) = delete;

    void post(Job job);

    /// Runs `work()` on one of the threads and returns what it returns, on the executor of the caller. Exceptions
    /// travel too.
    template <class Work>
    Task<std::invoke_result_t<Work>> run(Work work);

private:
    void loop(std::stop_token stop);

    std::mutex mutex_;
    std::condition_variable_any wake_;
    std::deque<Job> jobs_;
    std::vector<std::jthread> threads_;
};

template <class T, class Start>
Task<T> resume_here_when(Start start)
{
    auto initiate = [start = std::move(start)](auto handler) mutable {
        using Handler = decltype(handler);
        auto executor = asio::get_associated_executor(handler);
        struct Pending {
            Handler handler;
            asio::executor_work_guard<decltype(executor)> work;
        };
        auto pending = std::make_shared<Pending>(Pending{std::move(handler), asio::make_work_guard(executor)});
        start([pending, executor](std::exception_ptr thrown, T value) mutable {
            asio::post(executor, [pending, thrown, value = std::move(value)]() mutable {
                pending->work.reset();
                auto finish = std::move(pending->handler);
                pending.reset();
                finish(thrown, std::move(value));
            });
        });
    };
    co_return co_await asio::async_initiate<const asio::use_awaitable_t<>&, void(std::exception_ptr, T)>(
        std::move(initiate), asio::use_awaitable);
}

template <class Work>
Task<std::invoke_result_t<Work>> WorkerPool::run(Work work)
{
    using Value = std::invoke_result_t<Work>;
    // Asio's completion needs a default-constructible value, which an outcome is not always.
    using Carried = std::conditional_t<std::is_void_v<Value>, bool, std::optional<Value>>;
    auto start = [this, work = std::move(work)](auto done) mutable {
        post([work = std::move(work), done = std::move(done)]() mutable {
            try {
                if constexpr (std::is_void_v<Value>) {
                    work();
                    done(nullptr, true);
                } else {
                    done(nullptr, Carried(work()));
                }
            } catch (...) {
                done(std::current_exception(), Carried{});
            }
        });
    };
    if constexpr (std::is_void_v<Value>) {
        co_await resume_here_when<Carried>(std::move(start));
    } else {
        auto carried = co_await resume_here_when<Carried>(std::move(start));
        co_return std::move(*carried);
    }
}

}
