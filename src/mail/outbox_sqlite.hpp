#pragma once

#include "mail/outbox.hpp"
#include "sqlite/database.hpp"

namespace watchword::mail {

/// Stores a mail, due at once, inside the caller's transaction, and withdraws an undelivered one with the same
/// `replaces`; one that was given up expires. Tell the delivery afterwards (`Delivery::nudge`), or it is found at the
/// next poll.
void insert_into_outbox(sqlite::Connection& connection, const Entry& entry);

/// The outbox in SQLite.
class OutboxSqlite final : public Outbox {
public:
    explicit OutboxSqlite(sqlite::Database& database) : database_(database) {}

    Task<std::vector<ClaimedEntry>> claim(Lease lease, std::size_t limit, Deadline deadline) override;
    Task<> give_back(Instant lease_ends, Deadline deadline) override;
    Task<> remove(const ClaimedEntry& entry, Deadline deadline) override;
    Task<> postpone(const ClaimedEntry& entry, Retry retry, Deadline deadline) override;
    Task<> bury(const ClaimedEntry& entry, Burial burial, Deadline deadline) override;
    Task<std::size_t> purge(Instant now, std::chrono::seconds keep_buried, Deadline deadline) override;
    Task<std::vector<ListedEntry>> list(std::size_t limit, Deadline deadline) override;
    Task<Retried> retry(std::int64_t id, Instant now, Deadline deadline) override;
    Task<std::size_t> retry_all(Instant now, Deadline deadline) override;
    Task<bool> drop(std::int64_t id, Deadline deadline) override;

private:
    sqlite::Database& database_;
};

}
