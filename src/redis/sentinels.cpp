#include "redis/sentinels.hpp"

#include "base/unavailable.hpp"
#include "redis/greeting.hpp"

#include <charconv>
#include <utility>

#include <boost/asio/as_tuple.hpp>
#include <fmt/format.h>

namespace watchword::redis {
namespace {

using namespace std::chrono_literals;

constexpr auto time_for_one = 300ms;
constexpr auto time_to_subscribe = 1000ms;
constexpr auto pause_before_the_next = 500ms;
constexpr auto ping_interval = 1s;

/// Logs in where the Sentinel asks for it, with what the master asks for: most have the same password or none.
Task<> authenticate_if_asked(Connection& connection, const Location& location, Deadline deadline)
{
    const Command ping{"PING"};
    const auto reply = co_await connection.ask(ping, deadline.remaining());
    if (reply.is_error("NOAUTH")) {
        co_await authenticate(connection, location, deadline);
    }
}

std::optional<HostPort> read_address(const Reply& reply)
{
    if (reply.elements.size() != 2) {
        return std::nullopt;
    }
    const auto& port = reply.elements.back().text;
    HostPort address{.host = reply.elements.front().text, .port = 0};
    std::from_chars(port.data(), port.data() + port.size(), address.port);
    return address.host.empty() || address.port == 0 ? std::nullopt : std::optional(address);
}

/// Asks on a connection that is not yet open.
Task<HostPort> ask_for_master(Connection& connection, const Location& location, Deadline deadline)
{
    co_await connection.open(deadline.remaining());
    co_await authenticate_if_asked(connection, location, deadline);
    Command command{"SENTINEL", "get-master-addr-by-name", location.master_name};
    const auto reply = co_await ask_or_throw(connection, std::move(command), "name the master", deadline);
    const auto address = read_address(reply);
    if (!address) {
        throw Unavailable("it knows no master of that name");
    }
    co_return *address;
}

}

Sentinels::Sentinels(const ClientOptions& options, asio::ssl::context* tls) : options_(options), tls_(tls) {}

Task<HostPort> Sentinels::find_master(asio::any_io_executor executor)
{
    const auto& hosts = options_.location.hosts;
    const auto first = first_.load();
    std::string reasons;
    for (std::size_t i = 0; i < hosts.size(); ++i) {
        const auto index = (first + i) % hosts.size();
        try {
            auto master = co_await ask(executor, index);
            first_ = index;
            co_return master;
        } catch (const std::exception& exception) {
            reasons += fmt::format("{}{}: {}", reasons.empty() ? "" : "; ", hosts[index].text(), exception.what());
        }
    }
    throw Unavailable(fmt::format("no Sentinel knows the master {} ({})", options_.location.master_name, reasons));
}

Task<HostPort> Sentinels::ask(asio::any_io_executor executor, std::size_t index)
{
    auto transport = make_transport(executor, options_.location.hosts[index], tls_);
    Connection connection(executor, std::move(transport));
    std::optional<HostPort> master;
    std::exception_ptr thrown;
    try {
        const auto deadline = Deadline::after(time_for_one);
        master = co_await ask_for_master(connection, options_.location, deadline);
    } catch (...) {
        thrown = std::current_exception();
    }
    connection.close("it was asked");
    co_await connection.ended();
    if (thrown) {
        std::rethrow_exception(thrown);
    }
    co_return *master;
}

MasterWatch::MasterWatch(asio::any_io_executor executor, const ClientOptions& options, asio::ssl::context* tls,
                         std::function<void()> moved)
    : executor_(std::move(executor)), options_(options), tls_(tls), moved_(std::move(moved)), timer_(executor_)
{
}

Task<> MasterWatch::run()
{
    const auto& hosts = options_.location.hosts;
    for (std::size_t i = 0; !stopping_; i = (i + 1) % hosts.size()) {
        co_await listen_to(hosts[i]);
        co_await sleep(pause_before_the_next);
    }
}

void MasterWatch::stop()
{
    stopping_ = true;
    if (connection_) {
        connection_->close("we are stopping");
    }
    timer_.cancel();
}

Task<> MasterWatch::listen_to(const HostPort& sentinel)
{
    auto transport = make_transport(executor_, sentinel, tls_);
    Connection connection(executor_, std::move(transport), [this](const Reply& published) { hear(published); });
    connection_ = &connection;
    try {
        const auto deadline = Deadline::after(time_to_subscribe);
        co_await connection.open(deadline.remaining());
        co_await authenticate_if_asked(connection, options_.location, deadline);
        Command subscribe{"SUBSCRIBE", "+switch-master"};
        co_await ask_or_throw(connection, std::move(subscribe), "tell of a new master", deadline);
        while (connection.is_open() && !stopping_) {
            const Command ping{"PING"};
            co_await connection.ask(ping, time_for_one);
            co_await sleep(ping_interval);
        }
    } catch (const std::exception& exception) {
        connection.close(exception.what()); // the links ask all Sentinels when they need one, and tell of a failure
    }
    connection.close("we are stopping");
    co_await connection.ended();
    connection_ = nullptr;
}

/// `+switch-master`: the name, the old address and port, the new ones.
void MasterWatch::hear(const Reply& published)
{
    const auto& message = published.elements.back().text;
    if (message.starts_with(options_.location.master_name + ' ')) {
        moved_();
    }
}

Task<> MasterWatch::sleep(std::chrono::milliseconds time)
{
    if (!stopping_) {
        timer_.expires_after(time);
        co_await timer_.async_wait(asio::as_tuple(asio::use_awaitable));
    }
}

}
