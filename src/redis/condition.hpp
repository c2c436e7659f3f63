#pragma once

#include <atomic>
#include <chrono>
#include <mutex>
#include <string_view>

namespace watchword::redis {

/// Whether Redis can be used, as the log tells it: one line when it is lost and one when it is back, for all threads
/// together, and no more than one such pair in ten seconds however often it changes. From every thread.
class Condition {
public:
    void lost(std::string_view reason);

    /// Costs next to nothing while nothing has changed.
    void works();

    bool is_lost() const { return lost_.load(std::memory_order_relaxed); }

private:
    std::atomic<bool> lost_ = false;
    std::mutex mutex_;
    std::chrono::steady_clock::time_point silent_until_{};
    bool was_told_ = false;
};

}
