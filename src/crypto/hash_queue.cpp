#include "crypto/hash_queue.hpp"

#include <algorithm>
#include <iterator>

namespace watchword::crypto {

HashQueue::HashQueue(std::size_t threads, Duration longest_wait) : longest_wait_(longest_wait), running_(threads) {}

Result<> HashQueue::admit(const HashJob& job, Time now) const
{
    const Duration wait = expected_wait(job.precedence, now);
    const bool too_long = job.precedence == Precedence::request && wait > longest_wait_;
    if (too_long || now + wait > job.deadline.at()) {
        return fail(ErrorCode::overloaded,
                    std::max(std::chrono::ceil<std::chrono::seconds>(wait), std::chrono::seconds{1}));
    }
    return {};
}

void HashQueue::add(HashJob job)
{
    waiting(job.precedence).push_back(std::move(job));
}

std::optional<HashJob> HashQueue::take(std::size_t thread, Time now)
{
    if (!ready()) {
        return std::nullopt;
    }
    HashJob job = pop(requests_.empty() ? background_ : requests_);
    running_[thread] = Running{job.precedence, now + expected(job.hash.work())};
    return job;
}

void HashQueue::finish(std::size_t thread, HashWork work, Time started, Time now)
{
    running_[thread].reset();
    times_.record(work, now - started);
}

bool HashQueue::ready() const
{
    return !requests_.empty() || (!background_.empty() && !background_runs());
}

std::vector<HashJob> HashQueue::take_expired(Time now)
{
    std::vector<HashJob> expired;
    for (auto* jobs : {&requests_, &background_}) {
        while (!jobs->empty() && jobs->front().deadline.at() <= now) {
            expired.push_back(pop(*jobs));
        }
    }
    return expired;
}

std::vector<HashJob> HashQueue::take_all()
{
    std::vector<HashJob> all;
    for (auto* jobs : {&requests_, &background_}) {
        std::ranges::move(*jobs, std::back_inserter(all));
        jobs->clear();
    }
    return all;
}

// Background jobs are left out of what a request has to wait for: it may have to wait for one that runs, but is never
// refused because of it.
HashQueue::Duration HashQueue::expected_wait(Precedence precedence, Time now) const
{
    const auto time_of = [&](const HashJob& job) { return expected(job.hash.work()); };
    std::size_t jobs = requests_.size();
    Duration ahead{};
    for (const auto& running : running_) {
        if (running && (running->precedence == Precedence::request || precedence == Precedence::background)) {
            ++jobs;
            ahead += std::max(running->until - now, Duration{});
        }
    }
    for (const HashJob& job : requests_) {
        ahead += time_of(job);
    }
    Duration wait = jobs < running_.size() ? Duration{} : ahead / static_cast<Duration::rep>(running_.size());
    if (precedence == Precedence::background) {
        for (const HashJob& job : background_) {
            wait += time_of(job);
        }
    }
    return wait;
}

std::deque<HashJob>& HashQueue::waiting(Precedence precedence)
{
    return precedence == Precedence::request ? requests_ : background_;
}

bool HashQueue::background_runs() const
{
    return std::ranges::any_of(
        running_, [](const auto& running) { return running && running->precedence == Precedence::background; });
}

HashJob HashQueue::pop(std::deque<HashJob>& jobs)
{
    HashJob job = std::move(jobs.front());
    jobs.pop_front();
    return job;
}

}
