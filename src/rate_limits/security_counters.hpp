#pragma once

#include "base/result.hpp"
#include "rate_limits/rates.hpp"
#include "runtime/deadline.hpp"
#include "runtime/task.hpp"

#include <stdexcept>
#include <string>
#include <string_view>

namespace watchword::rate_limits {

/// The name of one counter: a MAC of what is counted and for what, so that neither addresses nor accounts can be read
/// from the table and nobody can choose a key.
class CounterKey {
public:
    /// Throws std::invalid_argument unless there are 16 to 32 bytes.
    explicit CounterKey(std::string_view mac) : bytes_(mac)
    {
        if (mac.size() < 16 || mac.size() > 32) {
            throw std::invalid_argument("the key of a security counter has 16 to 32 bytes");
        }
    }

    const std::string& bytes() const { return bytes_; }

    auto operator<=>(const CounterKey&) const = default;

private:
    std::string bytes_;
};

/// Counts attempts at what must not be guessed: passwords, one-time codes, mails to one address. The port between the
/// features that count and the database that holds the counts. They outlive restarts and hold for all instances on one
/// database; where they cannot be read, Unavailable is thrown and nothing is let pass. Used from every I/O thread.
///
/// An attempt is counted before it is judged and given back when it was right, so any number of attempts at once is no
/// more than the limit allows.
class SecurityCounters {
public:
    virtual ~SecurityCounters() = default;

    /// Counts one more, if each of the rates allows it (GCRA, see gcra.hpp); both in one atomic step. The first use of
    /// a key finds the whole count. Errors: `rate_limited`, with the whole seconds after which the same call passes;
    /// nothing was counted or written then.
    virtual Task<Result<>> consume(const CounterKey& key, const Rates& rates, Deadline deadline) = 0;

    /// Takes back one that `consume` has counted, under the same rates. Never allows more than the whole count.
    virtual Task<> give_back(const CounterKey& key, const Rates& rates, Deadline deadline) = 0;

    /// Forgets the counters whose whole count is allowed again. Call it now and then; others go on meanwhile.
    virtual Task<> sweep(Deadline deadline) = 0;
};

}
