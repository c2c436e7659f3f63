#pragma once

#include "base/time.hpp"

#include <atomic>

namespace watchword::tests {

/// A clock that stands still until the test moves it.
class ManualClock final : public Clock {
public:
    Instant now() const override { return from_microseconds(now_); }
    void advance(std::chrono::microseconds by) { now_ += by.count(); }

private:
    std::atomic<long long> now_ = 1'795'646'422'181'424; // 2026-11-25T22:40:22.181424Z
};

}
