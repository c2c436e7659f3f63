#pragma once

#include <algorithm>
#include <chrono>

namespace watchword {

/// The moment at which a request gives up. Set once when its head has been read and handed to everything it awaits, so
/// that no wait inside a request is longer than what is left of the request. Monotonic: steps of the wall clock do not
/// move it.
class Deadline {
public:
    using Steady = std::chrono::steady_clock;

    static Deadline after(std::chrono::milliseconds time) { return Deadline(Steady::now() + time); }

    Steady::time_point at() const { return at_; }
    bool expired() const { return Steady::now() >= at_; }

    /// What is left, never negative.
    std::chrono::milliseconds remaining() const
    {
        return std::max(std::chrono::duration_cast<std::chrono::milliseconds>(at_ - Steady::now()),
                        std::chrono::milliseconds{0});
    }

    /// This deadline, or `time` from now where that is sooner.
    Deadline within(std::chrono::milliseconds time) const { return Deadline(std::min(at_, Steady::now() + time)); }

private:
    explicit Deadline(Steady::time_point at) : at_(at) {}

    Steady::time_point at_;
};

}
