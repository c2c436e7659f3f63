#pragma once

#include "redis/client_options.hpp"
#include "redis/connection.hpp"
#include "redis/location.hpp"
#include "runtime/task.hpp"

#include <atomic>
#include <cstddef>
#include <functional>
#include <memory>
#include <optional>
#include <string>

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/ssl/context.hpp>
#include <boost/asio/steady_timer.hpp>

namespace watchword::redis {

/// The Sentinels that watch over a master and know which server it is now.
class Sentinels {
public:
    /// `tls` is null where they are spoken to in the clear, as the master is.
    Sentinels(const ClientOptions& options, asio::ssl::context* tls);

    /// Where the master is, by the first Sentinel that knows; each gets 300 ms. From every I/O thread. Throws
    /// Unavailable, with what each of them said, where none knows.
    Task<HostPort> find_master(asio::any_io_executor executor);

private:
    Task<HostPort> ask(asio::any_io_executor executor, std::size_t index);

    const ClientOptions& options_;
    asio::ssl::context* tls_;
    std::atomic<std::size_t> first_ = 0; // the one that knew last
};

/// Listens to one of the Sentinels, the next where it is lost, for another server having become the master. Lives on
/// one I/O thread.
class MasterWatch {
public:
    /// `moved` is called when the master may have moved.
    MasterWatch(asio::any_io_executor executor, const ClientOptions& options, asio::ssl::context* tls,
                std::function<void()> moved);

    /// Listens until `stop`.
    Task<> run();

    void stop();

private:
    Task<> listen_to(const HostPort& sentinel);
    void hear(const Reply& published);
    Task<> sleep(std::chrono::milliseconds time);

    asio::any_io_executor executor_;
    const ClientOptions& options_;
    asio::ssl::context* tls_;
    std::function<void()> moved_;
    Connection* connection_ = nullptr;
    asio::steady_timer timer_;
    bool stopping_ = false;
};

}
