#pragma once

#include "http/server.hpp"
#include "runtime/io_threads.hpp"

#include <cerrno>
#include <chrono>
#include <future>
#include <memory>
#include <stdexcept>
#include <string>
#include <string_view>
#include <system_error>
#include <utility>
#include <vector>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

namespace watchword::tests {

/// A real server on a free port of 127.0.0.1, with two I/O threads, until the end of the scope.
class LoopbackServer {
public:
    struct Options {
        http::ServerOptions server = {};
        http::PipelineOptions pipeline = {};
        http::Cors cors = {};
        http::TrustedProxies proxies = {};
    };

    explicit LoopbackServer(std::vector<http::Route> routes) : LoopbackServer(std::move(routes), Options{}) {}
    LoopbackServer(std::vector<http::Route> routes, Options options)
        : threads_(2),
          router_(std::move(routes)),
          pipeline_(router_, options.proxies, options.cors, options.pipeline),
          server_(threads_, {{asio::ip::address_v4::loopback(), 0}}, pipeline_, options.server)
    {
        server_.start();
        threads_.start();
    }

    ~LoopbackServer()
    {
        if (!stopped_.valid()) {
            begin_stop();
        }
        stopped_.wait();
        threads_.join();
    }

    unsigned short port() const { return server_.addresses().front().port(); }
    http::Server& server() { return server_; }
    asio::io_context& context(std::size_t index) { return threads_.context(index); }

    /// As a signal does it; the future is ready when the server has stopped.
    std::future<void>& begin_stop()
    {
        auto done = std::make_shared<std::promise<void>>();
        stopped_ = done->get_future();
        asio::co_spawn(threads_.context(0), server_.stop(), [done](std::exception_ptr) { done->set_value(); });
        return stopped_;
    }

private:
    IoThreads threads_;
    http::Router router_;
    http::Pipeline pipeline_;
    http::Server server_;
    std::future<void> stopped_;
};

/// An answer as it stood on the wire.
struct Answer {
    unsigned status = 0;
    std::string head; ///< status line and headers, with the empty line
    std::string body;

    /// The value of the first header of that name, spelled so; "(none)" where there is none.
    std::string header(std::string_view name) const
    {
        const auto at = head.find("\r\n" + std::string(name) + ": ");
        if (at == std::string::npos) {
            return "(none)";
        }
        const auto begin = at + name.size() + 4;
        return head.substr(begin, head.find("\r\n", begin) - begin);
    }
};

/// A client that sends exactly the bytes that it is given. Every wait is bounded: a test fails and does not hang.
class RawClient {
public:
    static constexpr std::chrono::seconds patience{10};

    explicit RawClient(unsigned short port) : socket_(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0))
    {
        sockaddr_in address{};
        address.sin_family = AF_INET;
        address.sin_port = htons(port);
        address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
        const timeval time{.tv_sec = patience.count(), .tv_usec = 0};
        ::setsockopt(socket_, SOL_SOCKET, SO_RCVTIMEO, &time, sizeof time);
        ::setsockopt(socket_, SOL_SOCKET, SO_SNDTIMEO, &time, sizeof time);
        if (socket_ < 0 || ::connect(socket_, reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0) {
            const int reason = errno;
            ::close(socket_);
            throw std::system_error(reason, std::generic_category(), "cannot connect");
        }
    }

    ~RawClient() { ::close(socket_); }

    RawClient(const RawClient&) = delete;
    RawClient& operator=(const RawClient&) = delete;

    int descriptor() const { return socket_; }

    /// Whether the other side took it all.
    bool send(std::string_view bytes)
    {
        while (!bytes.empty()) {
            const auto sent = ::send(socket_, bytes.data(), bytes.size(), MSG_NOSIGNAL);
            if (sent < 0) {
                return false;
            }
            bytes.remove_prefix(static_cast<std::size_t>(sent));
        }
        return true;
    }

    void finish_sending() { ::shutdown(socket_, SHUT_WR); }

    /// Makes the end of the client a reset.
    void reset_at_the_end()
    {
        const linger now{.l_onoff = 1, .l_linger = 0};
        ::setsockopt(socket_, SOL_SOCKET, SO_LINGER, &now, sizeof now);
    }

    /// The next answer. `to_head` answers HEAD: no body follows it.
    Answer receive(bool to_head = false)
    {
        Answer answer;
        while (received_.find("\r\n\r\n") == std::string::npos) {
            read_more();
        }
        answer.head = take(received_.find("\r\n\r\n") + 4);
        answer.status = static_cast<unsigned>(std::stoul(answer.head.substr(9, 3)));
        const auto length = answer.header("Content-Length");
        if (!to_head && length != "(none)") {
            while (received_.size() < std::stoul(length)) {
                read_more();
            }
            answer.body = take(std::stoul(length));
        }
        return answer;
    }

    /// Everything up to the end of the connection. Throws where that is a reset.
    std::string receive_all()
    {
        while (read_some() > 0) {
        }
        return take(received_.size());
    }

    /// Whether the server closes the connection within `patience` without another byte.
    bool is_closed()
    {
        try {
            return receive_all().empty();
        } catch (const std::exception&) {
            return false;
        }
    }

    Answer exchange(std::string_view request)
    {
        send(request);
        return receive();
    }

private:
    void read_more()
    {
        if (read_some() == 0) {
            throw std::runtime_error("the server closed the connection; so far: " + received_);
        }
    }

    std::size_t read_some()
    {
        char bytes[16 * 1024];
        const auto count = ::recv(socket_, bytes, sizeof bytes, 0);
        if (count < 0) {
            throw std::system_error(errno, std::generic_category(), "while reading; so far: " + received_);
        }
        received_.append(bytes, static_cast<std::size_t>(count));
        return static_cast<std::size_t>(count);
    }

    std::string take(std::size_t count)
    {
        auto taken = received_.substr(0, count);
        received_.erase(0, count);
        return taken;
    }

    int socket_;
    std::string received_;
};

}
