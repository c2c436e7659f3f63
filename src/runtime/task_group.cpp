#include "runtime/task_group.hpp"

#include "base/log.hpp"

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/co_spawn.hpp>

namespace watchword {

TaskGroup::TaskGroup(asio::any_io_executor executor)
    : executor_(std::move(executor)), emptied_(executor_, asio::steady_timer::time_point::max())
{
}

void TaskGroup::spawn(std::string_view name, Task<> task)
{
    ++running_;
    auto ended = [this, name](std::exception_ptr thrown) {
        if (thrown) {
            try {
                std::rethrow_exception(thrown);
            } catch (const std::exception& exception) {
                log::error("runtime", "a task ended with an exception", {{"task", name}, {"reason", exception.what()}});
            }
        }
        if (--running_ == 0) {
            emptied_.cancel();
        }
    };
    asio::co_spawn(executor_, std::move(task), std::move(ended));
}

Task<> TaskGroup::wait()
{
    while (running_ != 0) {
        co_await emptied_.async_wait(asio::as_tuple(asio::use_awaitable));
    }
}

}
