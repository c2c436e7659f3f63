#pragma once

#include <atomic>
#include <cstdint>
#include <functional>
#include <list>
#include <stdexcept>
#include <string>
#include <string_view>
#include <thread>

#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

namespace watchword::tests {

/// A server that answers each piece that it receives with whatever the test makes of it, and closes the connection
/// where that is nothing. On a free port of 127.0.0.1.
class ScriptedPeer {
public:
    using Answer = std::function<std::string(std::string_view received)>;

    explicit ScriptedPeer(Answer answer) : answer_(std::move(answer))
    {
        listener_ = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
        sockaddr_in address{};
        address.sin_family = AF_INET;
        address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
        socklen_t size = sizeof address;
        if (::bind(listener_, reinterpret_cast<sockaddr*>(&address), size) != 0 || ::listen(listener_, 16) != 0) {
            throw std::runtime_error("the peer cannot listen");
        }
        ::getsockname(listener_, reinterpret_cast<sockaddr*>(&address), &size);
        port_ = ntohs(address.sin_port);
        thread_ = std::jthread([this](std::stop_token stop) { serve(stop); });
    }

    ~ScriptedPeer()
    {
        thread_.request_stop();
        thread_.join();
        ::close(listener_);
    }

    std::uint16_t port() const { return port_; }
    int connections() const { return connections_; }

private:
    static bool is_ready(int socket)
    {
        ::pollfd watched{.fd = socket, .events = POLLIN, .revents = 0};
        return ::poll(&watched, 1, 10) == 1;
    }

    void serve(const std::stop_token& stop)
    {
        while (!stop.stop_requested()) {
            if (is_ready(listener_)) {
                const int connection = ::accept4(listener_, nullptr, nullptr, SOCK_CLOEXEC);
                ++connections_;
                conversations_.emplace_back([this, connection](std::stop_token end) {
                    converse(connection, end);
                    ::close(connection);
                });
            }
        }
    }

    void converse(int connection, const std::stop_token& stop) const
    {
        char bytes[4096];
        while (!stop.stop_requested()) {
            if (!is_ready(connection)) {
                continue;
            }
            const auto size = ::recv(connection, bytes, sizeof bytes, 0);
            if (size <= 0) {
                return;
            }
            const auto answer = answer_({bytes, static_cast<std::size_t>(size)});
            if (answer.empty() ||
                ::send(connection, answer.data(), answer.size(), MSG_NOSIGNAL) != static_cast<ssize_t>(answer.size())) {
                return;
            }
        }
    }

    Answer answer_;
    int listener_ = -1;
    std::uint16_t port_ = 0;
    std::atomic<int> connections_ = 0;
    std::list<std::jthread> conversations_;
    std::jthread thread_;
};

}
