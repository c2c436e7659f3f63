#pragma once

#include "runtime/io_threads.hpp"
#include "runtime/task_group.hpp"

#include <string_view>
#include <vector>

namespace watchword {

/// Work that goes on after its request was answered, on the I/O thread of that request.
class Background {
public:
    explicit Background(IoThreads& threads);

    /// Starts `task` on the I/O thread that calls.
    void spawn(std::string_view name, Task<> task);

    /// Returns when nothing is running on any thread.
    Task<> wait();

private:
    IoThreads& threads_;
    std::vector<TaskGroup> groups_; ///< one for each I/O thread, used from it
};

}
