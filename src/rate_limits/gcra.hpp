#pragma once

#include "base/result.hpp"
#include "rate_limits/rates.hpp"

#include <array>
#include <chrono>

/// The generic cell rate algorithm (ITU-T I.371 §A.1, "leaky bucket as a meter"): a limit is kept with one moment per
/// rate and has no window whose edge could be used. Pure arithmetic on whole nanoseconds; a moment is the time since
/// the zero of the caller's clock, before the year 2240.
namespace watchword::rate_limits::gcra {

using std::chrono::nanoseconds;

/// What is remembered of a client: for each of its rates, in their order, the moment from which the whole count is
/// allowed again (in I.371: the theoretical arrival time). All zero: not seen yet.
using FullAgain = std::array<nanoseconds, Rates::size_max>;

struct Decision {
    nanoseconds wait; ///< zero: allowed; otherwise the time until it would be, the longest over all rates
    FullAgain
        after; ///< to be remembered; after a refusal it differs from what was known only where the clock went back

    bool refused() const { return wait > nanoseconds{0}; }

    /// As the outcome of a request: `rate_limited` with the wait in whole seconds, rounded up and so at least 1.
    /// Waiting just that long is enough.
    Result<> outcome() const;
};

/// Asks for one more. It counts against each rate when all allow it and against none otherwise. A moment further away
/// than an empty bucket can be (the clock has gone back) is taken for an empty bucket, so nobody waits for the clock.
Decision take(const FullAgain& known, const Rates& rates, nanoseconds now);

/// What is to be remembered when one that was taken shall not have counted. Never makes the bucket fuller than full.
FullAgain give_back(const FullAgain& known, const Rates& rates, nanoseconds now);

/// Whether nothing that was taken still counts, so that the client can be forgotten.
bool is_full(const FullAgain& known, nanoseconds now);

}
