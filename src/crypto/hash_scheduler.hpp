#pragma once

#include "base/result.hpp"
#include "base/secret.hpp"
#include "crypto/hash_queue.hpp"
#include "crypto/password_hash.hpp"
#include "runtime/deadline.hpp"
#include "runtime/task.hpp"

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <cstddef>
#include <cstdint>
#include <mutex>
#include <optional>
#include <stop_token>
#include <string>
#include <thread>
#include <vector>

namespace watchword::crypto {

enum class Verdict {
    mismatch,
    match,
    match_of_an_outdated_hash, ///< the password is right, and the hash should be replaced (see `outdated`)
};

struct HashOptions {
    HashPolicy policy{};                                       ///< `PASSWORD_HASH`, `BCRYPT_COST`
    std::size_t threads = std::thread::hardware_concurrency(); ///< `HASH_THREADS`; at least 1
    std::chrono::milliseconds longest_wait{1000};              ///< of a request in the queue
};

/// Computes password hashes on threads of their own, which yield to all others: a storm of logins slows logins and
/// nothing else. Its functions are called on any I/O thread and resume there. It is destroyed before the `io_context`s
/// of those who await it, into which its threads post the answers.
///
/// Errors of each: `overloaded`, with the seconds to wait, where the hash would not start within `longest_wait` or
/// before its deadline. Throws `Unavailable` when the scheduler stops or an argon2id hash finds no memory.
class HashScheduler {
public:
    /// Throws `std::invalid_argument` where the policy is out of bounds (see `nobodys_hash`). Computes nothing.
    explicit HashScheduler(HashOptions options);

    /// Ends after the hashes that are being computed. Whoever waits for others gets `Unavailable`.
    ~HashScheduler();

    HashScheduler(const HashScheduler&) = delete;
    HashScheduler& operator=(const HashScheduler&) = delete;

    /// Whether `password` is the one of `stored`.
    ///
    /// Nothing as `stored`, for there is no account or its hash cannot be read, is a mismatch and computes one hash of
    /// the policy all the same. A mismatch with a cheaper hash computes nothing more, but like every mismatch it is
    /// answered no sooner than a hash of the policy takes at present. So the time of a mismatch tells neither whether
    /// there is an account nor how old it is (OWASP ASVS 5.0, 6.3.8).
    Task<Result<Verdict>> verify(SecretText password, std::optional<PasswordHash> stored, Deadline deadline);

    /// A new hash of `password` under the policy, while a request waits for it.
    Task<Result<std::string>> make(SecretText password, Deadline deadline);

    /// The same for a password that is already stored under an outdated hash. Runs when no request wants a hash, and
    /// makes none be refused. Nobody waits for it, so give it a deadline of its own; when it fails, the next login
    /// tries again.
    Task<Result<std::string>> remake(SecretText password, Deadline deadline);

    /// How many hashes have been computed.
    std::uint64_t computed() const { return computed_.load(std::memory_order_relaxed); }

private:
    Task<Result<ComputedHash>> compute(HashJob job);
    Task<Result<std::string>> make_as(Precedence precedence, SecretText password, Deadline deadline);
    void submit(HashJob job);
    void work(std::size_t thread, std::stop_token stop);
    void run(std::size_t thread, HashJob job, HashQueue::Time started);

    const HashOptions options_;
    const PasswordHash nobodys_hash_;
    std::atomic<std::uint64_t> computed_ = 0;
    std::mutex mutex_;
    std::condition_variable_any wake_;
    HashQueue queue_;
    bool stopping_ = false;
    std::vector<std::jthread> threads_;
};

}
