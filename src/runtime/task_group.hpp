#pragma once

#include "runtime/task.hpp"

#include <cstddef>
#include <string_view>

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/steady_timer.hpp>

namespace watchword {

/// The tasks that run on their own beside requests: connections, rehashes, mail delivery. Whoever starts one does it
/// through a group, so that stopping can wait for all of them. Lives on one I/O thread and is used from it only.
class TaskGroup {
public:
    explicit TaskGroup(asio::any_io_executor executor);

    /// Starts `task`. An exception that leaves it is logged under `name` and ends only that task.
    void spawn(std::string_view name, Task<> task);

    std::size_t size() const { return running_; }

    /// Returns when the last task has ended.
    Task<> wait();

private:
    asio::any_io_executor executor_;
    asio::steady_timer emptied_; // never expires; cancelled to wake those who wait
    std::size_t running_ = 0;
};

}
