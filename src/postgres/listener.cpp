#include "postgres/listener.hpp"

#include "base/log.hpp"
#include "runtime/worker_pool.hpp"

#include <algorithm>
#include <charconv>
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

constexpr auto echo_interval = 500ms;
constexpr auto echo_patience = 1800ms; // with the interval of looking, two seconds at most
constexpr auto watch_interval = 100ms;
constexpr auto retry_pause = 500ms;

std::string own_echo()
{
    std::random_device random;
    return fmt::format("echo:{:08x}{:08x}{:08x}{:08x}:", random(), random(), random(), random());
}

/// When the echo with this text was sent; the epoch where it does not say.
Steady::time_point moment_in(std::string_view text)
{
    Steady::rep ticks = 0;
    std::from_chars(text.data(), text.data() + text.size(), ticks);
    return Steady::time_point(Steady::duration(ticks));
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
    up_to_date_at_ = Steady::now();
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
    if (payload.starts_with(echo_)) {
        // All that was committed before it was sent has come; of what came later it says nothing, however late it is.
        up_to_date_at_ = std::max(up_to_date_at_, moment_in(payload.substr(echo_.size())));
        if (is_in_time() && std::exchange(interrupted_, false)) {
            feed_.resumed();
        }
        return;
    }
    const auto colon = payload.find(':');
    if (colon != std::string_view::npos) {
        feed_.changed(payload.substr(0, colon), payload.substr(colon + 1));
    }
}

bool Listener::is_in_time() const
{
    return Steady::now() - up_to_date_at_ <= echo_patience;
}

Task<> Listener::send_echoes()
{
    while (!stopping_) {
        try {
            Flight flight;
            flight.add("SELECT pg_notify('watchword_changes', $1::text)",
                       fmt::format("{}{}", echo_, Steady::now().time_since_epoch().count()));
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
        if (!socket_ || is_in_time()) {
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
