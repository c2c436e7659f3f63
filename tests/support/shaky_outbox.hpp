#pragma once

#include "base/unavailable.hpp"
#include "tests/support/memory_outbox.hpp"

#include <string>
#include <utility>
#include <vector>

namespace watchword::tests {

/// Fails as often as the test says.
class ShakyOutbox final : public mail::Outbox {
public:
    MemoryOutbox inner;
    int failing_claims = 0;
    int lost_answers_to_claims = 0;
    int failing_returns = 0;
    int failing_removals = 0;

    Task<std::vector<mail::ClaimedEntry>> claim(Lease lease, std::size_t limit, Deadline deadline) override
    {
        fail_while(failing_claims);
        auto claimed = co_await inner.claim(lease, limit, deadline);
        fail_while(lost_answers_to_claims);
        co_return claimed;
    }
    Task<> give_back(Instant lease_ends, Deadline deadline) override
    {
        fail_while(failing_returns);
        co_await inner.give_back(lease_ends, deadline);
    }
    Task<> remove(const mail::ClaimedEntry& entry, Deadline deadline) override
    {
        fail_while(failing_removals);
        co_await inner.remove(entry, deadline);
    }
    Task<> postpone(const mail::ClaimedEntry& entry, Retry retry, Deadline deadline) override
    {
        co_await inner.postpone(entry, std::move(retry), deadline);
    }
    Task<> bury(const mail::ClaimedEntry& entry, Burial burial, Deadline deadline) override
    {
        co_await inner.bury(entry, std::move(burial), deadline);
    }
    Task<std::size_t> purge(Instant now, std::chrono::seconds keep_buried, Deadline deadline) override
    {
        co_return co_await inner.purge(now, keep_buried, deadline);
    }
    Task<std::vector<mail::ListedEntry>> list(std::size_t limit, Deadline deadline) override
    {
        co_return co_await inner.list(limit, deadline);
    }
    Task<Retried> retry(std::int64_t id, Instant now, Deadline deadline) override
    {
        co_return co_await inner.retry(id, now, deadline);
    }
    Task<std::size_t> retry_all(Instant now, Deadline deadline) override
    {
        co_return co_await inner.retry_all(now, deadline);
    }
    Task<bool> drop(std::int64_t id, Deadline deadline) override { co_return co_await inner.drop(id, deadline); }

private:
    static void fail_while(int& left)
    {
        if (left > 0) {
            --left;
            throw Unavailable("the database is away");
        }
    }
};

}
