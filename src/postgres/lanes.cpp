#include "postgres/lanes.hpp"

#include "base/log.hpp"
#include "base/unavailable.hpp"

#include <algorithm>
#include <random>
#include <utility>

#include <boost/asio/as_tuple.hpp>

namespace watchword::postgres {
namespace {

using namespace std::chrono_literals;
using Steady = std::chrono::steady_clock;

constexpr auto tick_interval = 50ms; // how late a deadline may be noticed
constexpr auto pause_least = 50ms;
constexpr auto pause_most = 500ms;
constexpr auto extra_idle_time = 10s;

// A server that is so much late with an answer is taken for gone: the kernel's own patience is much longer.
constexpr auto silence_max = 500ms;

}

/// One connection, opened anew whenever it was lost.
class Lanes::Lane {
public:
    Lane(Lanes& lanes, bool is_extra)
        : lanes_(lanes), is_extra_(is_extra), wake_(lanes.context_, Steady::time_point::max())
    {
    }

    Task<> run();

    bool is_up() const { return connection_ && connection_->end().empty(); }
    bool is_asleep() const { return asleep_; }
    bool is_outdated() const { return opened_after_ != lanes_.news_.left; }
    bool has_room() const { return is_up() && !is_outdated() && connection_->in_flight() < lanes_.options_.depth; }
    void wake() { wake_.cancel(); }

    /// Takes from those who wait what the connection may carry.
    void pump();

    void expire();
    void close(const std::string& reason);

    /// Has every connection of the process leave this one's server, unless that is on its way already.
    void leave_server()
    {
        if (!is_outdated()) {
            ++lanes_.news_.left;
        }
    }

private:
    using Descriptor = asio::posix::basic_stream_descriptor<asio::io_context::executor_type>;

    Task<> sleep_until(Steady::time_point until);
    Task<bool> open();
    Task<> live();
    Task<> keep_flushing();

    Lanes& lanes_;
    const bool is_extra_;
    asio::steady_timer wake_;
    bool asleep_ = false;
    std::unique_ptr<Connection> connection_;
    std::optional<Descriptor> socket_;
    std::uint64_t opened_after_ = 0; ///< of `ServerNews::left`
    Steady::time_point opened_at_;
    Steady::time_point used_at_;
    bool is_flushing_ = false;
    std::chrono::milliseconds pause_ = pause_least;
    std::minstd_rand random_{std::random_device{}()};
};

Task<> Lanes::Lane::sleep_until(Steady::time_point until)
{
    asleep_ = true;
    wake_.expires_at(until);
    co_await wake_.async_wait(asio::as_tuple(asio::use_awaitable));
    asleep_ = false;
}

Task<> Lanes::Lane::run()
{
    bool is_first_time = true;
    while (!lanes_.stopping_) {
        // One connection is opened before anybody asks, and again while the server is lost: somebody must find out.
        const bool looks_for_server = this == lanes_.lanes_.front().get() && (is_first_time || lanes_.lost_);
        if (lanes_.waiting_.empty() && !looks_for_server) {
            co_await sleep_until(Steady::time_point::max());
            continue;
        }
        is_first_time = false;
        if (co_await open()) {
            co_await live();
        } else if (!lanes_.stopping_) {
            // All threads of all instances have lost it at one moment, and should not all come back at one.
            co_await sleep_until(Steady::now() + pause_ * std::uniform_int_distribution(75, 100)(random_) / 100);
            pause_ = std::min<std::chrono::milliseconds>(pause_ * 2, pause_most);
        }
    }
}

Task<bool> Lanes::Lane::open()
{
    std::string reason;
    try {
        opened_after_ = lanes_.news_.left;
        auto connect_there = [options = &lanes_.connection_] { return connect(*options); };
        auto handle = co_await lanes_.connectors_.run(std::move(connect_there));
        connection_ = std::make_unique<Connection>(std::move(handle), lanes_.connection_.prepares);
        socket_.emplace(lanes_.context_, connection_->duplicate_socket());
        opened_at_ = used_at_ = Steady::now();
        pause_ = pause_least;
        if (lanes_.lost_) {
            log::info("postgres", "PostgreSQL is back");
            ++lanes_.news_.found;
        }
        lanes_.lost_.reset();
        co_return true;
    } catch (const std::exception& exception) {
        reason = exception.what();
        connection_.reset();
    }
    if (!lanes_.any_is_up()) {
        if (!lanes_.lost_ && !lanes_.stopping_) {
            log::error("postgres", "PostgreSQL is lost; looking for it", {{"reason", reason}});
        }
        lanes_.lost_ = reason;
        lanes_.refuse_waiting(reason);
        lanes_.lanes_.front()->wake(); // it looks for the server, whichever connection has missed it
    }
    co_return false;
}

Task<> Lanes::Lane::live()
{
    if (lanes_.stopping_) {
        connection_->give_up("the service is stopping");
    }
    pump();
    while (is_up()) {
        const auto [error] = co_await socket_->async_wait(Descriptor::wait_read, asio::as_tuple(asio::use_awaitable));
        if (!is_up()) {
            break;
        }
        if (error) {
            connection_->give_up("the connection to PostgreSQL was closed");
            break;
        }
        connection_->receive();
        pump();
    }
    if (connection_->server_leaves()) {
        leave_server();
    }
    if (!lanes_.stopping_) {
        log::info("postgres", "a connection to PostgreSQL has ended", {{"reason", connection_->end()}});
    }
    while (is_flushing_) {
        socket_->cancel();
        co_await sleep_until(Steady::now() + 1ms);
    }
    socket_.reset();
    connection_.reset();
}

Task<> Lanes::Lane::keep_flushing()
{
    while (is_up() && connection_->flush()) {
        co_await socket_->async_wait(Descriptor::wait_write, asio::as_tuple(asio::use_awaitable));
    }
    is_flushing_ = false;
}

void Lanes::Lane::pump()
{
    auto& waiting = lanes_.waiting_;
    while (!waiting.empty() && has_room()) {
        auto request = std::move(waiting.front().request);
        waiting.pop_front();
        if (request->done) {
            used_at_ = Steady::now();
            connection_->send(std::move(request));
        }
    }
    if (is_up() && !is_flushing_ && connection_->flush()) {
        is_flushing_ = true;
        lanes_.tasks_.spawn("postgres flush", keep_flushing());
    }
    if (!is_up() && socket_) {
        socket_->cancel();
    }
}

void Lanes::Lane::expire()
{
    if (!is_up()) {
        return;
    }
    const auto now = Steady::now();
    connection_->expire();
    const auto& recycle = lanes_.options_.recycle;
    if (connection_->in_flight() > 0) {
        if (now - connection_->oldest_deadline().at() > silence_max) {
            leave_server();
            close("PostgreSQL is silent");
        }
    } else if (is_outdated()) {
        close("its server was left");
    } else if (is_extra_ && now - used_at_ > extra_idle_time) {
        close("it was needed for a while only");
    } else if (recycle > 0s && now - opened_at_ > recycle) {
        close("it was old");
    }
}

void Lanes::Lane::close(const std::string& reason)
{
    if (connection_) {
        connection_->give_up(reason);
    }
    if (socket_) {
        boost::system::error_code ignored;
        socket_->cancel(ignored);
    }
    wake();
}

Lanes::Lanes(asio::io_context& context, const ConnectionOptions& connection, LaneOptions options,
             WorkerPool& connectors, ServerNews& news)
    : context_(context),
      connection_(connection),
      options_(options),
      connectors_(connectors),
      news_(news),
      tick_(context),
      tasks_(context.get_executor())
{
    for (std::size_t i = 0; i < options.kept + options.extra; ++i) {
        lanes_.push_back(std::make_unique<Lane>(*this, i >= options.kept));
    }
}

Lanes::~Lanes() = default;

void Lanes::start()
{
    lost_.reset();
    for (const auto& lane : lanes_) {
        tasks_.spawn("postgres lane", lane->run());
    }
    tasks_.spawn("postgres clock", watch_the_clock());
}

Task<> Lanes::stop()
{
    stopping_ = true;
    tick_.cancel();
    refuse_waiting("the service is stopping");
    for (const auto& lane : lanes_) {
        lane->close("the service is stopping");
    }
    co_await tasks_.wait();
}

bool Lanes::any_is_up() const
{
    return std::ranges::any_of(lanes_, [](const auto& lane) { return lane->is_up(); });
}

void Lanes::submit(std::shared_ptr<Request> request)
{
    const bool nobody_can_serve = lost_ && !any_is_up();
    if (stopping_ || nobody_can_serve || waiting_.size() >= options_.waiting_max) {
        const auto* const reason = nobody_can_serve ? lost_->c_str() : "too much waits for PostgreSQL";
        request->tell(std::make_exception_ptr(Unavailable(reason)));
        return;
    }
    const auto until = request->deadline.within(options_.waiting_time);
    waiting_.push_back({std::move(request), until});
    const auto free = std::ranges::find_if(lanes_, [](const auto& lane) { return lane->has_room(); });
    if (free != lanes_.end()) {
        (*free)->pump();
        return;
    }
    const auto asleep = std::ranges::find_if(lanes_, [](const auto& lane) { return lane->is_asleep(); });
    if (asleep != lanes_.end()) {
        (*asleep)->wake();
    }
}

Task<> Lanes::watch_the_clock()
{
    while (!stopping_) {
        tick_.expires_after(tick_interval);
        co_await tick_.async_wait(asio::as_tuple(asio::use_awaitable));
        expire_waiting();
        const auto found = news_.found.load();
        if (found != std::exchange(found_, found) && lost_) {
            lanes_.front()->wake(); // it need not pause any longer
        }
        for (const auto& lane : lanes_) {
            lane->expire();
        }
    }
}

void Lanes::expire_waiting()
{
    std::erase_if(waiting_, [](const Waiting& waiting) {
        if (waiting.until.expired()) {
            waiting.request->tell(std::make_exception_ptr(Unavailable("no connection to PostgreSQL was free in time")));
        }
        return !waiting.request->done;
    });
}

void Lanes::refuse_waiting(const std::string& reason)
{
    for (auto& waiting : std::exchange(waiting_, {})) {
        waiting.request->tell(std::make_exception_ptr(Unavailable(reason)));
    }
}

}
