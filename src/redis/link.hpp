#pragma once

#include "redis/client_options.hpp"
#include "redis/condition.hpp"
#include "redis/connection.hpp"
#include "redis/sentinels.hpp"
#include "runtime/task_group.hpp"

#include <atomic>
#include <chrono>
#include <cstdint>
#include <memory>
#include <random>
#include <string>

#include <boost/asio/steady_timer.hpp>

namespace watchword::redis {

/// What all links of a client use.
struct LinkSurroundings {
    const ClientOptions& options;
    asio::ssl::context* tls; ///< null: in the clear
    Sentinels* sentinels;    ///< null: the location itself names the server
    Condition& condition;
    std::atomic<std::uint64_t>& connections; ///< counted here, before each is used
};

/// The connection of one I/O thread. While it is up, all of the thread's commands share it. When it is lost, commands
/// fail at once, without waiting for anything, and the link connects anew in the background until it succeeds: the
/// pauses grow to half a second, and one attempt takes a second at most.
class Link {
public:
    Link(asio::any_io_executor executor, LinkSurroundings surroundings);

    void start() { tasks_.spawn("redis link", run()); }

    /// Returns when the first attempt to connect has ended.
    Task<> attempted();

    /// Ends everything that `start` began.
    Task<> stop();

    bool is_up() const { return is_up_ && connection_->is_open(); }

    /// Asks and returns the reply, which may be an error. Throws Unavailable, after the command timeout at the latest,
    /// when there is none.
    Task<Reply> ask(const Command& command);

    /// Leaves the server that it is connected to, and looks for the right one.
    void leave(const std::string& reason);

private:
    Task<> run();
    Task<std::string> live_through_one_connection();
    Task<std::unique_ptr<Transport>> find_server();
    Task<> watch_role(Connection& connection);
    Task<> pause();

    asio::any_io_executor executor_;
    LinkSurroundings surroundings_;
    Connection* connection_ = nullptr; // connecting or up
    bool is_up_ = false;
    bool was_attempted_ = false;
    bool stopping_ = false;
    std::chrono::milliseconds next_pause_;
    asio::steady_timer pause_timer_;
    asio::steady_timer role_timer_;
    asio::steady_timer attempted_; // never expires; cancelled to wake those who wait
    std::minstd_rand random_{std::random_device{}()};
    TaskGroup role_tasks_; // these two last: they use all of the above
    TaskGroup tasks_;
};

}
