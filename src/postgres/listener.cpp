#include "postgres/listener.hpp"

#include "base/log.hpp"
#include "runtime/worker_pool.hpp"

#include <random>
#include <utility>

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/post.hpp>
#include <fmt/format.h>

namespace watchword::postgres {
namespace {

using namespace std::chrono_literals;
using Steady = std::chrono::steady_clock;

constexpr auto echo_interval = 1s;
constexpr auto echo_patience = 2s;
constexpr auto watch_interval = 100ms;
constexpr auto retry_pause = 250ms;

std::string own_echo()
{
    std::random_device random;
    return fmt::format("echo:{:08x}{:08x}{:08x}{:08x}", random(), random(), random(), random());
}

/// Takes what has come, and says whether the connection is of use still.
bool take_input(PGconn* connection)
{
    bool works = PQconsumeInput(connection) == 1;
    while (works && PQisBusy(connection) == 0) { // until LISTEN is answered
        const std::unique_ptr<PGresult, decltype(&PQclear)> result(PQgetResult(connection), PQclear);
        if (!result) {
            break;
        }
        works = PQresultStatus(result.get()) == PGRES_COMMAND_OK;
    }
    return works && PQstatus(connection) == CONNECTION_OK;
}

}

Listener::Listener(IoThreads& threads, Database& database, ConnectionOptions direct, const ChangeFeed& feed)
    : context_(threads.context(0)),
      database_(database),
      direct_(std::move(direct)),
      feed_(feed),
      echo_(own_echo()),
      retry_timer_(context_),
      echo_timer_(context_),
      watch_timer_(context_),
      tasks_(context_.get_executor())
{
}

Listener::~Listener() = default;

void Listener::start()
{
    feed_.interrupted();
    asio::post(context_, [this] {
        tasks_.spawn("postgres listen", listen());
        tasks_.spawn("postgres echo", send_echoes());
        tasks_.spawn("postgres watch", watch());
    });
}

Task<> Listener::stop()
{
    auto end = [](Listener& self) -> Task<> {
        self.stopping_ = true;
        for (auto* timer : {&self.retry_timer_, &self.echo_timer_, &self.watch_timer_}) {
            timer->cancel();
        }
        if (self.socket_) {
            self.socket_->cancel();
        }
        co_await self.tasks_.wait();
    };
    co_await asio::co_spawn(context_, end(*this), asio::use_awaitable);
}

Task<> Listener::pause(asio::steady_timer& timer, std::chrono::milliseconds time)
{
    if (!stopping_) {
        timer.expires_after(time);
        co_await timer.async_wait(asio::as_tuple(asio::use_awaitable));
    }
}

Task<> Listener::listen()
{
    bool was_lost = false;
    while (!stopping_) {
        try {
            auto open = [this] { return connect(direct_); };
            const auto handle = co_await database_.connectors().run(std::move(open));
            was_lost = false;
            co_await hear(handle.get());
        } catch (const std::exception& exception) {
            if (!std::exchange(was_lost, true) && !stopping_) {
                log::warning("postgres", "changes on other instances cannot be heard; trying again",
                             {{"reason", exception.what()}});
            }
        }
        co_await pause(retry_timer_, retry_pause);
    }
}

/// Returns when the connection is of no more use.
Task<> Listener::hear(PGconn* connection)
{
    socket_.emplace(context_, duplicate_socket(connection));
    silent_since_ = Steady::now();
    // So few bytes always fit into the socket of a new connection.
    bool works = PQsetnonblocking(connection, 1) == 0 && PQsendQuery(connection, "LISTEN watchword_changes") == 1 &&
                 PQflush(connection) == 0;
    while (works && !stopping_) {
        const auto [error] = co_await socket_->async_wait(Descriptor::wait_read, asio::as_tuple(asio::use_awaitable));
        works = !error && take_input(connection);
        while (auto* const notice = PQnotifies(connection)) {
            const std::unique_ptr<PGnotify, decltype(&PQfreemem)> owned(notice, PQfreemem);
            heard(notice->extra);
        }
    }
    socket_.reset();
    interrupt(); // what is committed until somebody listens again is not heard, however soon that is
}

void Listener::interrupt()
{
    if (!std::exchange(interrupted_, true)) {
        feed_.interrupted();
    }
}

void Listener::heard(std::string_view payload)
{
    if (payload == echo_) {
        silent_since_ = Steady::now();
        if (std::exchange(interrupted_, false)) {
            feed_.resumed();
        }
        return;
    }
    const auto colon = payload.find(':');
    if (colon != std::string_view::npos) {
        feed_.changed(payload.substr(0, colon), payload.substr(colon + 1));
    }
}

Task<> Listener::send_echoes()
{
    while (!stopping_) {
        try {
            Flight flight;
            flight.add("SELECT pg_notify('watchword_changes', $1::text)", echo_);
            co_await database_.write(std::move(flight), Deadline::after(echo_patience));
        } catch (const std::exception&) {
            // The silence that follows says it; the lanes have logged why.
        }
        co_await pause(echo_timer_, echo_interval);
    }
}

Task<> Listener::watch()
{
    while (!stopping_) {
        co_await pause(watch_timer_, watch_interval);
        if (!socket_ || Steady::now() - silent_since_ <= echo_patience) {
            continue;
        }
        if (!interrupted_) {
            log::warning("postgres",
                         "changes on other instances are not heard; nothing is kept in memory until they are");
            interrupt();
        }
        // A link that is dead on one side only may never end by itself.
        socket_->cancel();
    }
}

}
