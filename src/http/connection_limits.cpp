#include "http/connection_limits.hpp"

namespace watchword::http {

ConnectionLimits::ConnectionLimits(std::size_t connections_max, std::size_t connections_per_client_max,
                                   TrustedProxies exempt)
    : connections_max_(connections_max),
      connections_per_client_max_(connections_per_client_max),
      exempt_(std::move(exempt))
{
}

ConnectionLimits::Slot::~Slot()
{
    if (limits_) {
        limits_->give_back(client_);
    }
}

std::optional<ConnectionLimits::Slot> ConnectionLimits::take(const Address& peer)
{
    auto client = peer.is_loopback() || exempt_.contains(peer) ? std::string() : limit_key(peer);
    const std::lock_guard lock(mutex_);
    if (taken_ >= connections_max_) {
        return std::nullopt;
    }
    if (!client.empty()) {
        auto& count = taken_by_client_[client];
        if (count >= connections_per_client_max_) {
            return std::nullopt; // count is not 0, so no entry is left behind
        }
        ++count;
    }
    ++taken_;
    return Slot(*this, std::move(client));
}

std::size_t ConnectionLimits::taken() const
{
    const std::lock_guard lock(mutex_);
    return taken_;
}

void ConnectionLimits::give_back(const std::string& client)
{
    const std::lock_guard lock(mutex_);
    --taken_;
    if (client.empty()) {
        return;
    }
    if (const auto found = taken_by_client_.find(client); --found->second == 0) {
        taken_by_client_.erase(found);
    }
}

}
