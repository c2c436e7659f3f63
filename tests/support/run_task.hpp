#pragma once

#include "runtime/task.hpp"

#include <exception>
#include <optional>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>

namespace watchword::tests {

/// Runs `task` on `context` until the context has nothing left to do, and returns or throws what the task did.
template <class T>
T run_task(asio::io_context& context, Task<T> task)
{
    std::exception_ptr thrown;
    if constexpr (std::is_void_v<T>) {
        asio::co_spawn(context, std::move(task), [&](std::exception_ptr error) { thrown = error; });
        context.restart();
        context.run();
        if (thrown) {
            std::rethrow_exception(thrown);
        }
    } else {
        std::optional<T> value;
        asio::co_spawn(context, std::move(task), [&](std::exception_ptr error, T result) {
            thrown = error;
            if (!error) {
                value.emplace(std::move(result));
            }
        });
        context.restart();
        context.run();
        if (thrown) {
            std::rethrow_exception(thrown);
        }
        return std::move(*value);
    }
}

template <class T>
T run_task(Task<T> task)
{
    asio::io_context context;
    return run_task(context, std::move(task));
}

}
