#include "redis/link.hpp"

#include "base/unavailable.hpp"
#include "redis/greeting.hpp"

#include <algorithm>
#include <array>
#include <utility>

#include <boost/asio/as_tuple.hpp>

namespace watchword::redis {
namespace {

using namespace std::chrono_literals;
using Steady = std::chrono::steady_clock;

constexpr auto attempt_time = 1000ms; // for connecting and the greeting together
constexpr auto pause_least = 50ms;
constexpr auto pause_most = 500ms;
constexpr auto stable_after = 5s; // a connection that lived so long was a good one: the pauses begin anew
constexpr auto role_interval = 1s;

/// Whether the reply says that this server, or this connection, will refuse the next commands too.
bool tells_to_leave(const Reply& reply)
{
    constexpr std::array codes{"READONLY", "LOADING", "MASTERDOWN", "NOAUTH"};
    return std::ranges::any_of(codes, [&](const char* code) { return reply.is_error(code); });
}

}

Link::Link(asio::any_io_executor executor, LinkSurroundings surroundings)
    : executor_(std::move(executor)),
      surroundings_(surroundings),
      next_pause_(pause_least),
      pause_timer_(executor_),
      role_timer_(executor_),
      attempted_(executor_, Steady::time_point::max()),
      role_tasks_(executor_),
      tasks_(executor_)
{
}

Task<> Link::attempted()
{
    while (!was_attempted_ && !stopping_) {
        co_await attempted_.async_wait(asio::as_tuple(asio::use_awaitable));
    }
}

Task<> Link::stop()
{
    stopping_ = true;
    leave("we are stopping");
    attempted_.cancel();
    co_await tasks_.wait();
}

Task<Reply> Link::ask(const Command& command)
{
    if (!is_up()) {
        throw Unavailable("Redis is not connected");
    }
    const auto* const asked = connection_;
    auto reply = co_await connection_->ask(command, surroundings_.options.command_timeout);
    if (tells_to_leave(reply) && connection_ == asked) {
        connection_->close(reply.text);
    }
    co_return reply;
}

void Link::leave(const std::string& reason)
{
    if (connection_) {
        connection_->close(reason);
    }
    pause_timer_.cancel();
}

Task<> Link::run()
{
    while (!stopping_) {
        const auto began = Steady::now();
        const auto reason = co_await live_through_one_connection();
        was_attempted_ = true;
        attempted_.cancel();
        if (stopping_) {
            break;
        }
        surroundings_.condition.lost(reason);
        if (Steady::now() - began > stable_after) {
            next_pause_ = pause_least;
        }
        co_await pause();
    }
}

/// Returns why it has ended.
Task<std::string> Link::live_through_one_connection()
{
    const auto deadline = Deadline::after(attempt_time);
    std::unique_ptr<Connection> connection;
    std::string reason;
    try {
        auto transport = co_await find_server();
        connection = std::make_unique<Connection>(executor_, std::move(transport));
        connection_ = connection.get();
        if (stopping_) {
            connection->close("we are stopping");
        }
        co_await connection->open(deadline.remaining());
        co_await greet(*connection, surroundings_.options.location, deadline);
        ++surroundings_.connections;
        is_up_ = true;
    } catch (const std::exception& exception) {
        reason = exception.what();
    }
    if (is_up_) {
        was_attempted_ = true;
        attempted_.cancel();
        surroundings_.condition.works();
        role_tasks_.spawn("redis role", watch_role(*connection));
    } else if (connection) {
        connection->close(reason);
    }
    if (connection) {
        co_await connection->ended();
        is_up_ = false;
        connection_ = nullptr;
        role_timer_.cancel();
        co_await role_tasks_.wait();
        reason = connection->reason();
    }
    co_return reason;
}

Task<std::unique_ptr<Transport>> Link::find_server()
{
    const auto& location = surroundings_.options.location;
    if (!location.socket_path.empty()) {
        co_return make_transport(executor_, location.socket_path);
    }
    HostPort server;
    if (surroundings_.sentinels) {
        server = co_await surroundings_.sentinels->find_master(executor_);
    } else {
        server = location.hosts.front();
    }
    co_return make_transport(executor_, server, surroundings_.tls);
}

/// Now and then asks an idle server too, so that the first request after a loss need not wait to find out.
Task<> Link::watch_role(Connection& connection)
{
    while (connection.is_open()) {
        role_timer_.expires_after(role_interval);
        co_await role_timer_.async_wait(asio::as_tuple(asio::use_awaitable));
        if (!connection.is_open()) {
            break;
        }
        try {
            const auto deadline = Deadline::after(surroundings_.options.command_timeout);
            co_await check_that_it_is_the_master(connection, deadline);
        } catch (const std::exception& exception) {
            connection.close(exception.what());
        }
    }
}

Task<> Link::pause()
{
    // Instances that lost it together need not come back together.
    const auto jitter = std::uniform_int_distribution<int>(50, 100)(random_);
    pause_timer_.expires_after(next_pause_ * jitter / 100);
    next_pause_ = std::min(next_pause_ * 2, std::chrono::milliseconds(pause_most));
    co_await pause_timer_.async_wait(asio::as_tuple(asio::use_awaitable));
}

}
