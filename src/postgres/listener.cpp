#include "postgres/listener.hpp"

#include "base/log.hpp"
#include "base/unavailable.hpp"

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/steady_timer.hpp>

namespace watchword::postgres {
namespace {

constexpr std::chrono::seconds beat{1};
constexpr std::chrono::seconds patience{2};

Task<> pause(std::chrono::milliseconds time)
{
    asio::steady_timer timer(co_await asio::this_coro::executor, time);
    co_await timer.async_wait(asio::as_tuple(asio::use_awaitable));
}

}

Task<> Listener::listen()
{
    feed_.interrupted();
    while (!stopping_) {
        try {
            co_await hear();
        } catch (const std::exception& exception) {
            log::warning("postgres", "changes are not heard: nothing is kept in memory until they are",
                         {{"reason", exception.what()}});
        }
        if (std::exchange(trusted_, false)) {
            feed_.interrupted();
        }
        if (!stopping_) {
            co_await pause(beat);
        }
    }
}

Task<> Listener::hear()
{
    const auto connection = co_await Connection::open(database_.url(), Deadline::after(5 * patience));
    std::vector<Statement> listen;
    listen.push_back({"LISTEN watchword_changes", {}});
    co_await connection->run(std::move(listen), Deadline::after(patience));
    auto last_heard = Deadline::after(patience);
    while (!stopping_) {
        const auto notifications = co_await connection->notifications(last_heard);
        for (const auto& notification : notifications) {
            heard(notification);
        }
        if (!notifications.empty()) {
            last_heard = Deadline::after(patience);
        } else if (last_heard.expired() && !stopping_) {
            throw Unavailable("the database's own notifications do not come through");
        }
    }
}

void Listener::heard(const std::string& notification)
{
    if (!std::exchange(trusted_, true)) {
        feed_.resumed();
    }
    const std::string_view text = notification;
    const auto colon = text.find(':');
    if (colon != std::string_view::npos) {
        feed_.changed(text.substr(0, colon), text.substr(colon + 1));
    }
}

Task<> Listener::echo()
{
    while (!stopping_) {
        try {
            Flight flight;
            flight.add("SELECT pg_notify('watchword_changes', 'echo')");
            co_await database_.write(std::move(flight), Deadline::after(patience));
        } catch (const std::exception&) {
            // The listener finds out by itself that nothing comes.
        }
        co_await pause(beat);
    }
}

}
