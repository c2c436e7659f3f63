#include "rate_limits/rate_limiter_memory.hpp"

#include <algorithm>
#include <limits>
#include <string>
#include <utility>

namespace watchword::rate_limits {
namespace {

using namespace std::chrono_literals;

/// No two buckets have the same: the size tells where the client ends.
std::string name_of(const Bucket& bucket)
{
    std::string name;
    name.reserve(1 + bucket.client.size() + bucket.limit.size());
    name += static_cast<char>(bucket.client.size());
    name += bucket.client;
    name += bucket.limit;
    return name;
}

}

MemoryRateLimiter::MemoryRateLimiter(std::size_t entries_max, Now now)
    : shard_entries_max_(std::max<std::size_t>(entries_max / shard_count, 1)), now_(std::move(now))
{
}

Task<Result<>> MemoryRateLimiter::take(const Bucket& bucket, const Rates& rates, Deadline)
{
    constexpr std::size_t step = 2; // bytes: from a /32 to a /16, from a /64 to a /48
    const gcra::nanoseconds now = now_().time_since_epoch();
    auto outcome = take_if_room(bucket, rates, now, shard_entries_max_ - shard_entries_max_ / 8);
    for (auto shared = bucket; !outcome;) {
        shared.client.remove_suffix(std::min(step, shared.client.size()));
        const auto room = shared.client.empty() ? std::numeric_limits<std::size_t>::max() : shard_entries_max_;
        outcome = take_if_room(shared, rates, now, room);
    }
    co_return *outcome;
}

std::optional<Result<>> MemoryRateLimiter::take_if_room(const Bucket& bucket, const Rates& rates, gcra::nanoseconds now,
                                                        std::size_t room)
{
    const auto key = hash_(name_of(bucket));
    auto& shard = shards_[key % shard_count];
    const std::lock_guard lock(shard.mutex);
    auto entry = shard.known.find(key);
    if (entry == shard.known.end()) {
        // A sweep reads the whole part, so a flood must not cause one with each request.
        if (shard.known.size() >= room && now >= shard.next_sweep) {
            std::erase_if(shard.known, [&](const auto& other) { return gcra::is_full(other.second, now); });
            shard.next_sweep = now + 1s;
        }
        if (shard.known.size() >= room) {
            return std::nullopt;
        }
        entry = shard.known.emplace(key, gcra::FullAgain{}).first;
    }
    const auto decision = gcra::take(entry->second, rates, now);
    entry->second = decision.after;
    return decision.outcome();
}

std::size_t MemoryRateLimiter::entries() const
{
    std::size_t entries = 0;
    for (const auto& shard : shards_) {
        const std::lock_guard lock(shard.mutex);
        entries += shard.known.size();
    }
    return entries;
}

}
