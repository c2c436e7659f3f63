#pragma once

#include "rate_limits/gcra.hpp"
#include "rate_limits/rate_limiter.hpp"
#include "rate_limits/sip_hash.hpp"

#include <array>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <mutex>
#include <optional>
#include <unordered_map>

namespace watchword::rate_limits {

/// Counts in the memory of this process, for all of its threads: 100 bytes a client, and 0.2 µs a request, or 1 µs
/// where the count is not in a cache of the processor.
///
/// The number of clients is bounded. Where a new one finds no room, those whose whole count is allowed again are
/// forgotten, since that changes nothing for them. Where all are still counted, which takes a flood from very many
/// networks, the new one shares a count with its neighbours: the /16 of IPv4 or the /48 of IPv6, for which room is
/// kept; if need be the next wider, in the end everyone. Nobody passes uncounted, and nobody's count is dropped.
class MemoryRateLimiter final : public RateLimiter {
public:
    using Now = std::function<std::chrono::steady_clock::time_point()>;

    /// Remembers at most `entries_max` clients of all limits together, rounded to a multiple of 64, and one more for
    /// each limit. An eighth of it is kept for those that share a count.
    explicit MemoryRateLimiter(std::size_t entries_max, Now now = std::chrono::steady_clock::now);

    Task<Result<>> take(const Bucket& bucket, const Rates& rates, Deadline deadline) override;

    /// How many clients are remembered now.
    std::size_t entries() const;

private:
    /// A part of the table with a lock of its own, so that I/O threads seldom meet. A bucket is known by 64 bits of
    /// keyed hash alone: two of 200 000 share a count with a probability of 10⁻⁹, and nobody can bring it about.
    struct alignas(64) Shard {
        mutable std::mutex mutex;
        std::unordered_map<std::uint64_t, gcra::FullAgain> known; ///< by keyed hash
        gcra::nanoseconds next_sweep{0};
    };

    /// The outcome, or nothing where the bucket is new and its part of the table already has `room` entries.
    std::optional<Result<>> take_if_room(const Bucket& bucket, const Rates& rates, gcra::nanoseconds now,
                                         std::size_t room);

    static constexpr std::size_t shard_count = 64;

    SipHash hash_;
    std::size_t shard_entries_max_;
    Now now_;
    std::array<Shard, shard_count> shards_;
};

}
