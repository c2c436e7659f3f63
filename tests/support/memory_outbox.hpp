#pragma once

#include "mail/given_up.hpp"
#include "mail/outbox.hpp"

#include <algorithm>
#include <string>
#include <utility>
#include <vector>

namespace watchword::tests {

/// An outbox that forgets with its process. Used from one thread.
class MemoryOutbox final : public mail::Outbox {
public:
    struct Row {
        std::int64_t id;
        mail::Entry entry;
        Instant due_at;
        Instant claimed_until{};
        int attempts = 0;
        bool dead = false;
        std::string last_error;
    };

    std::vector<Row> rows; ///< in the order of their ids
    std::vector<audit::Event> audited;

    void insert(const mail::Entry& entry)
    {
        if (!entry.replaces.empty()) {
            std::erase_if(rows, [&](const Row& row) { return !row.dead && row.entry.replaces == entry.replaces; });
            for (auto& row : rows) {
                if (row.entry.replaces == entry.replaces) {
                    row.entry.expires_at = std::min(row.entry.expires_at, entry.created_at);
                }
            }
        }
        rows.push_back({.id = ++last_id_, .entry = entry, .due_at = entry.created_at, .last_error = {}});
    }

    Task<std::vector<mail::ClaimedEntry>> claim(Lease lease, std::size_t limit, Deadline) override
    {
        std::vector<Row*> due;
        for (auto& row : rows) {
            if (!row.dead && row.due_at <= lease.begins && row.entry.expires_at > lease.begins &&
                row.claimed_until <= lease.begins) {
                due.push_back(&row);
            }
        }
        std::ranges::sort(due, {}, [](const Row* row) { return std::pair(row->due_at, row->id); });
        due.resize(std::min(due.size(), limit));
        std::vector<mail::ClaimedEntry> claimed;
        for (auto* row : due) {
            row->claimed_until = lease.ends;
            claimed.push_back({.id = row->id,
                               .recipient = row->entry.recipient,
                               .sealed = row->entry.sealed,
                               .attempts = row->attempts,
                               .created_at = row->entry.created_at,
                               .due_at = row->due_at,
                               .leased_until = lease.ends});
        }
        co_return claimed;
    }

    Task<> give_back(Instant lease_ends, Deadline) override
    {
        for (auto& row : rows) {
            if (row.claimed_until == lease_ends) {
                row.claimed_until = {};
            }
        }
        co_return;
    }

    Task<> remove(const mail::ClaimedEntry& entry, Deadline) override
    {
        std::erase_if(rows, [&](const Row& row) { return row.id == entry.id; });
        co_return;
    }

    Task<> postpone(const mail::ClaimedEntry& entry, Retry retry, Deadline) override
    {
        if (auto* row = held(entry)) {
            row->attempts = retry.attempts;
            row->due_at = retry.due_at;
            row->last_error = retry.reason;
            row->claimed_until = {};
        }
        co_return;
    }

    Task<> bury(const mail::ClaimedEntry& entry, Burial burial, Deadline) override
    {
        if (auto* row = held(entry)) {
            row->attempts += 1;
            row->dead = true;
            row->claimed_until = {};
            audited.push_back(mail::given_up(entry, burial));
            row->last_error = std::move(burial.reason);
        }
        co_return;
    }

    Task<std::size_t> purge(Instant now, std::chrono::seconds keep_buried, Deadline) override
    {
        std::erase_if(rows, [&](const Row& row) { return row.dead && row.entry.expires_at <= now - keep_buried; });
        co_return std::erase_if(
            rows, [&](const Row& row) { return !row.dead && row.entry.expires_at <= now && row.claimed_until <= now; });
    }

    Task<std::vector<mail::ListedEntry>> list(std::size_t limit, Deadline) override
    {
        std::vector<mail::ListedEntry> listed;
        for (const auto& row : rows) {
            if (listed.size() < limit) {
                listed.push_back({.id = row.id,
                                  .recipient = row.entry.recipient,
                                  .attempts = row.attempts,
                                  .created_at = row.entry.created_at,
                                  .due_at = row.due_at,
                                  .expires_at = row.entry.expires_at,
                                  .leased_until = row.claimed_until,
                                  .given_up = row.dead,
                                  .last_error = row.last_error});
            }
        }
        co_return listed;
    }

    Task<Retried> retry(std::int64_t id, Instant now, Deadline) override
    {
        const auto row = std::ranges::find(rows, id, &Row::id);
        if (row == rows.end()) {
            co_return Retried::unknown;
        }
        co_return make_due(*row, now) ? Retried::due : Retried::expired;
    }

    Task<std::size_t> retry_all(Instant now, Deadline) override
    {
        co_return static_cast<std::size_t>(
            std::ranges::count_if(rows, [&](Row& row) { return row.dead && make_due(row, now); }));
    }

    Task<bool> drop(std::int64_t id, Deadline) override
    {
        co_return std::erase_if(rows, [&](const Row& row) { return row.id == id; }) > 0;
    }

private:
    static bool make_due(Row& row, Instant now)
    {
        if (row.entry.expires_at <= now) {
            return false;
        }
        row.dead = false;
        row.attempts = 0;
        row.due_at = now;
        return true;
    }

    Row* held(const mail::ClaimedEntry& entry)
    {
        const auto found = std::ranges::find_if(
            rows, [&](const Row& row) { return row.id == entry.id && row.claimed_until == entry.leased_until; });
        return found == rows.end() ? nullptr : &*found;
    }

    std::int64_t last_id_ = 0;
};

}
