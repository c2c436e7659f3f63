#pragma once

#include "http/connection_limits.hpp"
#include "http/connection_options.hpp"
#include "http/pipeline.hpp"
#include "runtime/io_threads.hpp"
#include "runtime/task.hpp"

#include <chrono>
#include <cstddef>
#include <memory>
#include <vector>

#include <boost/asio/ip/tcp.hpp>

namespace watchword::http {

class ServerThread;

struct ServerOptions {
    /// Each holds a descriptor and about 6 KB while it is idle.
    std::size_t connections_max = 10'000;

    /// Browsers open six; whole offices stand behind one address.
    std::size_t connections_per_client_max = 100;

    /// How long requests under way may take when the server stops: longer than PipelineOptions::request_timeout,
    /// shorter than systemd and Kubernetes wait before they kill (90 and 30 s).
    std::chrono::milliseconds stop_timeout = std::chrono::seconds{20};

    ConnectionOptions connection;
};

/// The HTTP/1.1 server: it listens, keeps the limits of connections, and stops in order.
///
/// Each address has one listening socket, without SO_REUSEPORT, so that a port in use is an error; every I/O thread
/// accepts from a duplicate of its descriptor. A connection stays on the thread that has accepted it. Once started, a
/// server must be stopped before it is destroyed.
class Server {
public:
    /// Opens the listening sockets; the kernel queues connections from here on. `[::]` takes IPv4 too, unless `0.0.0.0`
    /// with the same port is listed beside it. Throws std::runtime_error, with one line that names the address and what
    /// to do, where one cannot be opened. The threads and the pipeline outlive the server.
    Server(IoThreads& threads, const std::vector<asio::ip::tcp::endpoint>& addresses, const Pipeline& pipeline,
           ServerOptions options = {});
    ~Server();

    /// Begins to accept on every thread.
    void start();

    /// Still accepts and answers, but each answer says `Connection: close`: for the time in which load balancers notice
    /// that the server is about to stop. From every thread, while the threads run.
    void drain();

    /// Stops accepting, closes idle connections, lets requests under way end with `Connection: close`, and after the
    /// stop timeout closes what is left. Returns when no connection exists. Called once, on I/O thread 0, while the
    /// threads run.
    Task<> stop();

    /// Where it listens, with the ports that the kernel has chosen in place of 0.
    const std::vector<asio::ip::tcp::endpoint>& addresses() const { return addresses_; }

    /// How many connections there are now. From every thread.
    std::size_t connections() const { return limits_.taken(); }

private:
    const ServerOptions options_;
    ConnectionLimits limits_;
    std::vector<asio::ip::tcp::endpoint> addresses_;
    std::vector<std::unique_ptr<ServerThread>> threads_;
};

}
