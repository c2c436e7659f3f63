#pragma once

#include "runtime/task.hpp"

#include <cstddef>
#include <memory>
#include <thread>
#include <vector>

#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>

namespace watchword {

/// One `io_context(1)` per thread. A connection and all that it awaits stay on their thread, so request code needs
/// neither locks nor strands.
class IoThreads {
public:
    explicit IoThreads(std::size_t count);
    ~IoThreads();

    IoThreads(const IoThreads&) = delete;
    IoThreads& operator=(const IoThreads&) = delete;

    std::size_t count() const { return contexts_.size(); }
    asio::io_context& context(std::size_t index) { return *contexts_[index]; }

    /// Starts the threads.
    void start();

    /// Lets each thread end once it has nothing left to do. From any thread; until then they run also when idle.
    void finish();

    /// Waits until somebody has called `finish` and every thread has ended.
    void wait();

    /// `finish`, then `wait`.
    void join();

    /// Which I/O thread this is, from 0; 0 also outside of them. The index into whatever is kept per I/O thread.
    static std::size_t current();

private:
    std::vector<std::unique_ptr<asio::io_context>> contexts_;
    std::vector<asio::executor_work_guard<asio::io_context::executor_type>> work_;
    std::vector<std::jthread> threads_;
};

}
