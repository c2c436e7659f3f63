#pragma once

#include "runtime/task.hpp"

#include <exception>
#include <optional>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>

namespace watchword::tests {

template <class T>
Task<> keep(Task<T> task, std::optional<T>& value)
{
    value.emplace(co_await std::move(task));
}

inline void run_task(asio::io_context& context, Task<> task)
{
    std::exception_ptr thrown;
    asio::co_spawn(context, std::move(task), [&](std::exception_ptr error) { thrown = error; });
    context.restart();
    context.run();
    if (thrown) {
        std::rethrow_exception(thrown);
    }
}

/// Runs `task` on `context` until the context has nothing left to do, and returns or throws what the task did.
template <class T>
T run_task(asio::io_context& context, Task<T> task)
{
    std::optional<T> value;
    run_task(context, keep(std::move(task), value));
    return std::move(*value);
}

/// The same where nothing else needs the context. It outlives the call: a thread that has just handed the task its
/// result may still be leaving the context when the task has ended.
template <class T>
T run_task(Task<T> task)
{
    thread_local asio::io_context context;
    return run_task(context, std::move(task));
}

}
