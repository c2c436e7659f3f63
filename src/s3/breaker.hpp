#pragma once

#include <chrono>
#include <mutex>

namespace watchword::s3 {

/// Spares everybody the wait for a server that has just failed to answer several times, and the server what it has
/// said that it has no time for: for a while nothing is sent, then one request is let through to see. Used from every
/// thread.
class Breaker {
public:
    using Clock = std::chrono::steady_clock;

    static constexpr int failures_max = 5;
    static constexpr std::chrono::seconds pause{2};

    /// Whether a request may be sent now.
    bool lets_pass(Clock::time_point now = Clock::now())
    {
        const std::lock_guard lock(mutex_);
        if (failures_ < failures_max || now >= closed_until_) {
            closed_until_ = now + pause; // others wait for what becomes of this one
            return true;
        }
        return false;
    }

    /// Whether a request would be let pass now, without taking its place.
    bool would_let_pass(Clock::time_point now = Clock::now())
    {
        const std::lock_guard lock(mutex_);
        return failures_ < failures_max || now >= closed_until_;
    }

    void answered()
    {
        const std::lock_guard lock(mutex_);
        failures_ = 0;
    }

    void failed(Clock::time_point now = Clock::now())
    {
        const std::lock_guard lock(mutex_);
        ++failures_;
        closed_until_ = now + pause;
    }

private:
    std::mutex mutex_;
    int failures_ = 0; ///< in a row
    Clock::time_point closed_until_{};
};

}
