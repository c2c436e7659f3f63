#pragma once

#include "base/result.hpp"
#include "base/secret.hpp"
#include "crypto/hash_times.hpp"
#include "crypto/password_hash.hpp"
#include "runtime/deadline.hpp"

#include <chrono>
#include <cstddef>
#include <deque>
#include <exception>
#include <functional>
#include <optional>
#include <string>
#include <vector>

namespace watchword::crypto {

/// What a computed hash brings back.
struct ComputedHash {
    std::string checksum;
    Deadline::Steady::time_point mismatch_not_before{}; ///< when a hash of the policy, started together, would be ready
};

enum class Precedence {
    request,    ///< somebody waits for the answer
    background, ///< runs when no request waits, one at a time, so that a burst of them never holds all threads
};

/// One hash to compute. It is data and no function, so that a thread may take several and compute them together.
struct HashJob {
    SecretText password;
    PasswordHash hash;
    Precedence precedence;
    Deadline deadline; ///< not started after this
    std::function<void(std::exception_ptr, Result<ComputedHash>)> done;
};

/// The hashes that wait and those that run: decides which is taken next and which is refused. It is bounded in time and
/// not in length: what counts is how long the last one would wait. Not for several threads at once; time is what the
/// caller says.
class HashQueue {
public:
    using Time = Deadline::Steady::time_point;
    using Duration = Deadline::Steady::duration;

    /// `threads` take jobs; no request waits longer than `longest_wait`, as far as that can be foreseen.
    HashQueue(std::size_t threads, Duration longest_wait);

    /// Whether a job would start in time. `overloaded` with the seconds after which another try may succeed where a
    /// request would wait longer than the bound, or any job longer than its deadline.
    Result<> admit(const HashJob& job, Time now) const;

    void add(HashJob job);

    /// The job that `thread` should compute now; it counts as running until `finish`. Nothing: there is none for it.
    std::optional<HashJob> take(std::size_t thread, Time now);

    /// Says that the job of `thread`, taken at `started`, has been computed.
    void finish(std::size_t thread, HashWork work, Time started, Time now);

    /// Says that the job of `thread` has ended without a result.
    void abandon(std::size_t thread) { running_[thread].reset(); }

    /// Whether `take` would give a job.
    bool ready() const;

    /// Removes the jobs at the head of the queue whose deadline has passed.
    std::vector<HashJob> take_expired(Time now);

    /// Removes all jobs that wait.
    std::vector<HashJob> take_all();

    /// The present time of one hash.
    Duration expected(HashWork work) const { return times_.expected(work); }

private:
    struct Running {
        Precedence precedence;
        Time until; ///< as far as that can be foreseen
    };

    Duration expected_wait(Precedence precedence, Time now) const;
    std::deque<HashJob>& waiting(Precedence precedence);
    bool background_runs() const;
    HashJob pop(std::deque<HashJob>& jobs);

    Duration longest_wait_;
    HashTimes times_;
    std::deque<HashJob> requests_;
    std::deque<HashJob> background_;
    std::vector<std::optional<Running>> running_; ///< by thread
};

}
