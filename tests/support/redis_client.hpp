#pragma once

#include "redis/client.hpp"
#include "tests/support/redis_server.hpp"

#include <chrono>
#include <future>
#include <thread>
#include <utility>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/use_future.hpp>

namespace watchword::tests {

inline redis::ClientOptions options_for(const RedisServer& server)
{
    redis::ClientOptions options;
    options.location.hosts = {{"127.0.0.1", server.port()}};
    return options;
}

/// A client on two I/O threads that has tried to connect, until the end of the scope.
class RunningRedisClient {
public:
    explicit RunningRedisClient(redis::ClientOptions options) : client_(threads_, std::move(options))
    {
        client_.start();
        threads_.start();
        run(client_.attempted());
    }

    ~RunningRedisClient()
    {
        run(client_.stop());
        threads_.join();
    }

    RunningRedisClient(const RunningRedisClient&) = delete;
    RunningRedisClient& operator=(const RunningRedisClient&) = delete;

    redis::Client& client() { return client_; }
    IoThreads& threads() { return threads_; }

    /// Runs the task on an I/O thread and waits for what it returns or throws.
    template <class T>
    T run(Task<T> task, std::size_t thread = 0)
    {
        return begin(std::move(task), thread).get();
    }

    template <class T>
    std::future<T> begin(Task<T> task, std::size_t thread = 0)
    {
        return asio::co_spawn(threads_.context(thread), std::move(task), asio::use_future);
    }

    redis::Reply ask(redis::Command command, std::size_t thread = 0)
    {
        return run(client_.ask(std::move(command), Deadline::after(std::chrono::seconds{5})), thread);
    }

    /// Whether both threads get an answer again within two seconds.
    bool recovers()
    {
        const auto until = Deadline::after(std::chrono::seconds{2});
        for (std::size_t thread = 0; thread < threads_.count();) {
            try {
                ask({"SET", "recovered", "1"}, thread);
                ++thread;
            } catch (const std::exception&) {
                if (until.expired()) {
                    return false;
                }
                std::this_thread::sleep_for(std::chrono::milliseconds{5});
            }
        }
        return true;
    }

private:
    IoThreads threads_{2};
    redis::Client client_;
};

}
