#pragma once

#include <atomic>
#include <chrono>
#include <functional>
#include <mutex>
#include <string_view>
#include <utility>

namespace watchword::redis {

/// Whether Redis can be used, as the log tells it: one line when it is lost and one when it is back, for all threads
/// together, and no more than one such pair in ten seconds however often it changes. From every thread.
class Condition {
public:
    using Now = std::function<std::chrono::steady_clock::time_point()>;

    explicit Condition(Now now = std::chrono::steady_clock::now) : now_(std::move(now)) {}

    /// To be called again as long as it lasts: what was passed over in silence is told when the silence is over.
    void lost(std::string_view reason);

    /// Costs next to nothing while nothing has changed.
    void works();

    bool is_lost() const { return lost_.load(std::memory_order_relaxed); }

private:
    Now now_;
    std::atomic<bool> lost_ = false;
    std::mutex mutex_;
    std::chrono::steady_clock::time_point silent_until_{};
    bool was_told_ = false;
};

}
