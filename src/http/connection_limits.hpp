#pragma once

#include "http/address.hpp"

#include <cstddef>
#include <mutex>
#include <optional>
#include <string>
#include <unordered_map>
#include <utility>

namespace watchword::http {

/// How many connections there may be, in all and from one client, over all I/O threads.
///
/// One client is one address (IPv4) or one /64 (IPv6). Loopback and trusted proxies count only in all: behind them are
/// many clients.
class ConnectionLimits {
public:
    ConnectionLimits(std::size_t connections_max, std::size_t connections_per_client_max, TrustedProxies exempt);

    /// The permission to keep one connection; gives it back when it is destroyed.
    class Slot {
    public:
        Slot(Slot&& other) noexcept : limits_(std::exchange(other.limits_, nullptr)), client_(std::move(other.client_))
        {
        }
        Slot& operator=(Slot&&) = delete;
        ~Slot();

    private:
        friend ConnectionLimits;
        Slot(ConnectionLimits& limits, std::string client) : limits_(&limits), client_(std::move(client)) {}

        ConnectionLimits* limits_;
        std::string client_; ///< empty where it is exempt
    };

    /// A slot for a connection from `peer`; nothing where there are too many. From every thread.
    std::optional<Slot> take(const Address& peer);

    /// How many connections there are.
    std::size_t taken() const;

private:
    void give_back(const std::string& client);

    std::size_t connections_max_;
    std::size_t connections_per_client_max_;
    TrustedProxies exempt_;

    mutable std::mutex mutex_;
    std::size_t taken_ = 0;
    std::unordered_map<std::string, std::size_t> taken_by_client_;
};

}
