#pragma once

#include <atomic>
#include <cstdint>
#include <mutex>
#include <string>
#include <string_view>
#include <thread>
#include <utility>

#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

namespace watchword::tests {

/// A server on a free port of 127.0.0.1 that answers every request with the same bytes and closes, whatever was asked.
class CannedServer {
public:
    explicit CannedServer(std::string answer)
        : answer_(std::move(answer)), listener_(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0))
    {
        sockaddr_in address{};
        address.sin_family = AF_INET;
        address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
        socklen_t size = sizeof address;
        ::bind(listener_, reinterpret_cast<sockaddr*>(&address), size);
        ::listen(listener_, 16);
        ::getsockname(listener_, reinterpret_cast<sockaddr*>(&address), &size);
        port_ = ntohs(address.sin_port);
        thread_ = std::jthread([this] { serve(); });
    }

    ~CannedServer()
    {
        ::shutdown(listener_, SHUT_RDWR);
        thread_.join();
        ::close(listener_);
    }

    CannedServer(const CannedServer&) = delete;
    CannedServer& operator=(const CannedServer&) = delete;

    std::string endpoint() const { return "127.0.0.1:" + std::to_string(port_); }

    /// The head of the request that came last.
    std::string asked() const
    {
        const std::lock_guard lock(mutex_);
        return asked_;
    }

private:
    void serve()
    {
        for (int client = accept(); client >= 0; client = accept()) {
            std::string request;
            char bytes[4096];
            while (request.find("\r\n\r\n") == request.npos) {
                const auto count = ::recv(client, bytes, sizeof bytes, 0);
                if (count <= 0) {
                    break;
                }
                request.append(bytes, static_cast<std::size_t>(count));
            }
            {
                const std::lock_guard lock(mutex_);
                asked_ = request;
            }
            std::string_view rest = answer_;
            while (!rest.empty()) {
                const auto sent = ::send(client, rest.data(), rest.size(), MSG_NOSIGNAL);
                if (sent <= 0) {
                    break;
                }
                rest.remove_prefix(static_cast<std::size_t>(sent));
            }
            ::shutdown(client, SHUT_WR);
            while (::recv(client, bytes, sizeof bytes, 0) > 0) {
            }
            ::close(client);
        }
    }

    int accept() { return ::accept4(listener_, nullptr, nullptr, SOCK_CLOEXEC); }

    std::string answer_;
    int listener_;
    std::uint16_t port_ = 0;
    mutable std::mutex mutex_;
    std::string asked_;
    std::jthread thread_;
};

}
