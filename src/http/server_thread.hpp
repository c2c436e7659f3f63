#pragma once

#include "http/connection.hpp"
#include "http/connection_limits.hpp"
#include "http/connection_options.hpp"
#include "http/pipeline.hpp"
#include "runtime/deadline.hpp"
#include "runtime/task.hpp"
#include "runtime/task_group.hpp"

#include <deque>
#include <optional>
#include <unordered_set>

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/steady_timer.hpp>

namespace watchword::http {

/// The part of the server that lives on one I/O thread: its acceptors and its connections. Used from that thread only.
class ServerThread {
public:
    ServerThread(asio::io_context& context, const Pipeline& pipeline, const ConnectionOptions& options,
                 ConnectionLimits& limits);

    asio::io_context& context() { return context_; }

    /// Accepts from a duplicate of this listening socket too.
    void listen(asio::ip::tcp::acceptor& listener);

    /// Starts the tasks.
    void start();

    /// From now on the answer to a connection's next request is its last.
    void drain();

    /// Stops accepting, closes idle connections, and lets the others end until `until`; then they are closed.
    void begin_stop(Deadline until);

    /// Returns when every task has ended.
    Task<> stopped();

private:
    using Acceptor = asio::basic_socket_acceptor<asio::ip::tcp, asio::io_context::executor_type>;
    using Socket = ClientStream::Socket;

    Task<> accept_from(Acceptor& acceptor);
    void accept_the_rest(Acceptor& acceptor);
    void welcome(Socket socket);
    Task<> serve(Socket socket, Address peer, ConnectionLimits::Slot slot);
    Task<> watch_the_clock();

    asio::io_context& context_;
    const Pipeline& pipeline_;
    const ConnectionOptions& options_;
    ConnectionLimits& limits_;
    std::deque<Acceptor> acceptors_;
    asio::steady_timer tick_;
    std::unordered_set<Connection*> connections_;
    bool draining_ = false;
    std::optional<Deadline> stop_until_;
    TaskGroup serving_; // after what its tasks use
    TaskGroup upkeep_;
};

}
