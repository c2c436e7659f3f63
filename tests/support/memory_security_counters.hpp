#pragma once

#include "base/time.hpp"
#include "rate_limits/gcra.hpp"
#include "rate_limits/security_counters.hpp"

#include <cstddef>
#include <map>

namespace watchword::tests {

/// Security counters for tests of features: exact, on one thread.
class MemorySecurityCounters final : public rate_limits::SecurityCounters {
public:
    explicit MemorySecurityCounters(const Clock& clock) : clock_(clock) {}

    Task<Result<>> consume(const rate_limits::CounterKey& key, const rate_limits::Rates& rates, Deadline) override
    {
        auto& known = known_[key];
        const auto decision = rate_limits::gcra::take(known, rates, now());
        known = decision.after;
        co_return decision.outcome();
    }

    Task<> give_back(const rate_limits::CounterKey& key, const rate_limits::Rates& rates, Deadline) override
    {
        auto& known = known_[key];
        known = rate_limits::gcra::give_back(known, rates, now());
        co_return;
    }

    Task<> sweep(Deadline) override
    {
        std::erase_if(known_, [this](const auto& entry) { return rate_limits::gcra::is_full(entry.second, now()); });
        co_return;
    }

    /// How many counters are kept.
    std::size_t size() const { return known_.size(); }

private:
    std::chrono::nanoseconds now() const { return clock_.now().time_since_epoch(); }

    const Clock& clock_;
    std::map<rate_limits::CounterKey, rate_limits::gcra::FullAgain> known_;
};

}
