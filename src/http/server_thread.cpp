#include "http/server_thread.hpp"

#include "base/log.hpp"

#include <atomic>
#include <cerrno>
#include <chrono>
#include <ctime>
#include <system_error>
#include <utility>

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/buffer.hpp>
#include <fcntl.h>

namespace watchword::http {
namespace {

using namespace std::chrono_literals;

// How late a timeout may be noticed. Looking at ten thousand connections takes less than a millisecond.
constexpr auto tick_interval = 100ms;

// The kernel is out of descriptors or memory; asking again at once would only burn the processor.
constexpr auto accept_pause = 100ms;

constexpr std::string_view too_many_connections = "HTTP/1.1 503 Service Unavailable\r\n"
                                                  "Content-Type: application/json\r\n"
                                                  "Content-Length: 33\r\n"
                                                  "Cache-Control: no-store\r\n"
                                                  "Retry-After: 1\r\n"
                                                  "Connection: close\r\n"
                                                  "\r\n"
                                                  "{\"detail\":\"Too many connections\"}";

/// Whether so much may be logged now: one line a second, over all threads, however many connections are refused.
bool may_log()
{
    static std::atomic<std::time_t> last_second{0};
    const auto now = std::time(nullptr);
    return last_second.exchange(now) != now;
}

/// Keeps a connection in the set that the clock looks at.
class Listed {
public:
    Listed(std::unordered_set<Connection*>& all, Connection* connection) : all_(all), connection_(connection)
    {
        all_.insert(connection_);
    }
    ~Listed() { all_.erase(connection_); }

    Listed(const Listed&) = delete;
    Listed& operator=(const Listed&) = delete;

private:
    std::unordered_set<Connection*>& all_;
    Connection* connection_;
};

}

ServerThread::ServerThread(asio::io_context& context, const Pipeline& pipeline, const ConnectionOptions& options,
                           ConnectionLimits& limits)
    : context_(context),
      pipeline_(pipeline),
      options_(options),
      limits_(limits),
      tick_(context),
      serving_(context.get_executor()),
      upkeep_(context.get_executor())
{
}

void ServerThread::listen(asio::ip::tcp::acceptor& listener)
{
    const int duplicate = ::fcntl(listener.native_handle(), F_DUPFD_CLOEXEC, 0);
    if (duplicate < 0) {
        throw std::system_error(errno, std::generic_category(), "cannot duplicate a listening socket");
    }
    acceptors_.emplace_back(context_, listener.local_endpoint().protocol(), duplicate);
}

void ServerThread::start()
{
    for (auto& acceptor : acceptors_) {
        upkeep_.spawn("accept", accept_from(acceptor));
    }
    upkeep_.spawn("watch the clock", watch_the_clock());
}

Task<> ServerThread::accept_from(Acceptor& acceptor)
{
    while (!stop_until_) {
        auto result = co_await acceptor.async_accept(asio::as_tuple(asio::use_awaitable));
        auto& [error, socket] = result;
        if (!error) {
            welcome(std::move(socket));
            continue;
        }
        if (stop_until_ || error == asio::error::connection_aborted) {
            continue;
        }
        if (may_log()) {
            log::warning("http", "cannot accept a connection; trying again", {{"reason", error.message()}});
        }
        asio::steady_timer pause(context_, accept_pause);
        co_await pause.async_wait(asio::as_tuple(asio::use_awaitable));
    }
}

/// Closes a listening socket without resetting those who have connected and wait in its queue.
void ServerThread::accept_the_rest(Acceptor& acceptor)
{
    boost::system::error_code error;
    acceptor.non_blocking(true, error);
    while (!error) {
        Socket socket(context_.get_executor());
        acceptor.accept(socket, error);
        if (!error) {
            welcome(std::move(socket));
        }
    }
    acceptor.close(error);
}

void ServerThread::welcome(Socket socket)
{
    boost::system::error_code error;
    const auto endpoint = socket.remote_endpoint(error);
    if (error) {
        return; // gone already
    }
    const Address peer(endpoint.address());
    auto slot = limits_.take(peer);
    if (slot) {
        serving_.spawn("connection", serve(std::move(socket), peer, std::move(*slot)));
        return;
    }
    if (may_log()) {
        log::warning("http", "refused a connection: there are too many", {{"client", peer.text()}});
    }
    if (options_.certificate) {
        return; // nothing could be told before a handshake, which costs more than an answer
    }
    // Best effort: waiting for somebody who is not to be served would make the limit none.
    socket.non_blocking(true, error);
    socket.write_some(asio::buffer(too_many_connections), error);
}

Task<> ServerThread::serve(Socket socket, Address peer, ConnectionLimits::Slot slot)
{
    const auto connection = std::make_shared<Connection>(std::move(socket), peer, pipeline_, options_);
    const Listed listed(connections_, connection.get());
    if (stop_until_) {
        connection->finish();
    } else if (draining_) {
        connection->finish_soon();
    }
    co_await connection->run();
}

Task<> ServerThread::watch_the_clock()
{
    while (!stop_until_ || serving_.size() > 0) {
        tick_.expires_after(tick_interval);
        co_await tick_.async_wait(asio::as_tuple(asio::use_awaitable));
        const auto now = Steady::now();
        const bool time_is_up = stop_until_ && stop_until_->expired();
        for (auto* connection : connections_) {
            if (time_is_up) {
                connection->abort();
            } else {
                connection->expire(now);
            }
        }
    }
}

void ServerThread::drain()
{
    draining_ = true;
    for (auto* connection : connections_) {
        connection->finish_soon();
    }
}

void ServerThread::begin_stop(Deadline until)
{
    stop_until_ = until;
    for (auto& acceptor : acceptors_) {
        accept_the_rest(acceptor);
    }
    for (auto* connection : connections_) {
        connection->finish();
    }
}

Task<> ServerThread::stopped()
{
    co_await serving_.wait();
    tick_.cancel();
    co_await upkeep_.wait();
}

}
