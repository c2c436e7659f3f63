#include "crypto/hash_scheduler.hpp"

#include "base/log.hpp"
#include "base/unavailable.hpp"
#include "runtime/worker_thread.hpp"

#include <algorithm>

#include <boost/asio/steady_timer.hpp>
#include <pthread.h>
#include <sched.h>
#include <sys/resource.h>

namespace watchword::crypto {
namespace {

using Steady = Deadline::Steady;

// How much nicer than the I/O threads: a tenth of their weight where both want a core, and no preemption of one that
// wakes up. So reads stay fast in a storm of logins, and logins do not stop in a storm of reads.
constexpr int niceness = 10;

/// Whether that could be arranged.
bool yield_to_others()
{
    const sched_param no_priority{};
    const bool batch = ::pthread_setschedparam(::pthread_self(), SCHED_BATCH, &no_priority) == 0;
    // On Linux this is the calling thread alone.
    const bool nicer = ::setpriority(PRIO_PROCESS, 0, ::getpriority(PRIO_PROCESS, 0) + niceness) == 0;
    return batch && nicer;
}

std::exception_ptr stopped()
{
    return std::make_exception_ptr(Unavailable("the hash scheduler has stopped"));
}

/// Suspends until `time`, or until `deadline` where that is sooner.
Task<> suspend_until(Steady::time_point time, Deadline deadline)
{
    asio::steady_timer timer(co_await asio::this_coro::executor, std::min(time, deadline.at()));
    co_await timer.async_wait(asio::use_awaitable);
}

}

HashScheduler::HashScheduler(HashOptions options)
    : options_(options),
      nobodys_hash_(nobodys_hash(options.policy)),
      queue_(std::max<std::size_t>(options.threads, 1), options.longest_wait)
{
    for (std::size_t i = 0; i < std::max<std::size_t>(options_.threads, 1); ++i) {
        threads_.emplace_back([this, i](std::stop_token stop) { work(i, stop); });
    }
}

HashScheduler::~HashScheduler()
{
    std::vector<HashJob> dropped;
    {
        const std::lock_guard lock(mutex_);
        stopping_ = true;
        dropped = queue_.take_all();
    }
    for (auto& thread : threads_) {
        thread.request_stop();
    }
    for (auto& job : dropped) {
        job.done(stopped(), {});
    }
    threads_.clear();
}

Task<Result<Verdict>> HashScheduler::verify(SecretText password, std::optional<PasswordHash> stored, Deadline deadline)
{
    // Copied, since the scheduler may be gone when this resumes.
    const HashPolicy policy = options_.policy;
    const PasswordHash hash = std::move(stored).value_or(nobodys_hash_);
    const std::size_t password_size = password.reveal().size();
    const auto computed = co_await compute(HashJob{std::move(password), hash, Precedence::request, deadline, nullptr});
    if (!computed) {
        co_return std::unexpected(computed.error());
    }
    if (!hash.has_checksum(computed->checksum)) {
        co_await suspend_until(computed->mismatch_not_before, deadline);
        co_return Verdict::mismatch;
    }
    co_return outdated(hash, policy, password_size) ? Verdict::match_of_an_outdated_hash : Verdict::match;
}

Task<Result<std::string>> HashScheduler::make(SecretText password, Deadline deadline)
{
    return make_as(Precedence::request, std::move(password), deadline);
}

Task<Result<std::string>> HashScheduler::remake(SecretText password, Deadline deadline)
{
    return make_as(Precedence::background, std::move(password), deadline);
}

Task<Result<std::string>> HashScheduler::make_as(Precedence precedence, SecretText password, Deadline deadline)
{
    const PasswordHash pattern = nobodys_hash(options_.policy);
    const auto computed = co_await compute(HashJob{std::move(password), pattern, precedence, deadline, nullptr});
    if (!computed) {
        co_return std::unexpected(computed.error());
    }
    co_return pattern.text_with(computed->checksum);
}

Task<Result<ComputedHash>> HashScheduler::compute(HashJob job)
{
    auto start = [this, job = std::move(job)](auto done) mutable {
        job.done = std::move(done);
        submit(std::move(job));
    };
    co_return co_await resume_here_when<Result<ComputedHash>>(std::move(start));
}

void HashScheduler::submit(HashJob job)
{
    std::unique_lock lock(mutex_);
    if (stopping_) {
        lock.unlock();
        job.done(stopped(), {});
        return;
    }
    if (const auto admitted = queue_.admit(job, Steady::now()); !admitted) {
        lock.unlock();
        job.done(nullptr, std::unexpected(admitted.error()));
        return;
    }
    queue_.add(std::move(job));
    lock.unlock();
    wake_.notify_one();
}

void HashScheduler::work(std::size_t thread, std::stop_token stop)
{
    ::pthread_setname_np(::pthread_self(), "hash");
    if (!yield_to_others() && thread == 0) {
        log::warning("crypto", "hash threads run at normal priority, so logins may slow other requests");
    }
    std::unique_lock lock(mutex_);
    while (wake_.wait(lock, stop, [this] { return queue_.ready(); })) {
        const auto now = Steady::now();
        auto expired = queue_.take_expired(now);
        auto job = queue_.take(thread, now);
        lock.unlock();
        for (auto& late : expired) {
            late.done(nullptr, fail(ErrorCode::overloaded, std::chrono::seconds{1}));
        }
        expired.clear();
        if (job) {
            run(thread, std::move(*job), now);
        }
        job.reset();
        lock.lock();
    }
}

void HashScheduler::run(std::size_t thread, HashJob job, HashQueue::Time started)
{
    ComputedHash computed;
    std::exception_ptr thrown;
    try {
        computed.checksum = job.hash.checksum_of(job.password);
        computed_.fetch_add(1, std::memory_order_relaxed);
    } catch (...) {
        thrown = std::current_exception();
    }
    {
        const std::lock_guard lock(mutex_);
        if (thrown) {
            queue_.abandon(thread);
        } else {
            queue_.finish(thread, job.hash.work(), started, Steady::now());
        }
        computed.mismatch_not_before = started + queue_.expected(nobodys_hash_.work());
    }
    job.done(thrown, std::move(computed));
}

}
