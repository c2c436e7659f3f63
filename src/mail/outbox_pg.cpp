#include "mail/outbox_pg.hpp"

#include "mail/given_up.hpp"

#include <algorithm>
#include <iterator>
#include <utility>

namespace watchword::mail {
namespace {

ClaimedEntry to_claimed_entry(const postgres::Row& row)
{
    return {
        .id = row.integer(0),
        .recipient = row.text(1),
        .sealed = row.blob(2),
        .attempts = static_cast<int>(row.integer(3)),
        .created_at = row.instant(4),
        .due_at = row.instant(5),
        .leased_until = row.instant(6),
    };
}

ListedEntry to_listed_entry(const postgres::Row& row)
{
    return {
        .id = row.integer(0),
        .recipient = row.text(1),
        .attempts = static_cast<int>(row.integer(2)),
        .created_at = row.instant(3),
        .due_at = row.instant(4),
        .expires_at = row.instant(5),
        .leased_until = row.optional_instant(6).value_or(Instant{}),
        .given_up = row.text(7) == "dead",
        .last_error = row.optional_text(8).value_or(""),
    };
}

class PgOutbox final : public Outbox {
public:
    explicit PgOutbox(postgres::Database& database) : database_(database) {}

    Task<std::vector<ClaimedEntry>> claim(Lease lease, std::size_t limit, Deadline deadline) override
    {
        std::vector<ClaimedEntry> entries;
        // Asked first: an empty outbox, which is looked at every second, then costs no transaction that writes.
        const auto due = co_await database_.read(
            "SELECT 1 FROM outbox WHERE state = 'waiting' AND due_at <= $1::timestamptz LIMIT 1", deadline,
            lease.begins);
        if (due.empty()) {
            co_return entries;
        }
        postgres::Flight flight;
        flight.add("WITH due AS MATERIALIZED ("
                   "  SELECT id FROM outbox WHERE state = 'waiting' AND kind = 'mail' AND due_at <= $1::timestamptz"
                   "    AND expires_at > $1 AND (claimed_until IS NULL OR claimed_until <= $1)"
                   "  ORDER BY due_at, id LIMIT $3::bigint FOR UPDATE SKIP LOCKED) "
                   "UPDATE outbox SET claimed_until = $2::timestamptz FROM due WHERE outbox.id = due.id "
                   "RETURNING outbox.id, recipient, sealed, attempts, created_at, due_at, claimed_until",
                   lease.begins, lease.ends, static_cast<std::int64_t>(limit));
        const auto answers = co_await database_.write(std::move(flight), deadline);
        std::ranges::transform(answers.front(), std::back_inserter(entries), to_claimed_entry);
        // RETURNING promises no order.
        std::ranges::sort(entries, {}, [](const ClaimedEntry& entry) { return std::pair(entry.due_at, entry.id); });
        co_return entries;
    }

    Task<> give_back(Instant lease_ends, Deadline deadline) override
    {
        postgres::Flight flight;
        flight.add("UPDATE outbox SET claimed_until = NULL WHERE state = 'waiting' AND claimed_until = $1::timestamptz",
                   lease_ends);
        co_await database_.write(std::move(flight), deadline);
    }

    Task<> remove(const ClaimedEntry& entry, Deadline deadline) override
    {
        postgres::Flight flight;
        flight.add("DELETE FROM outbox WHERE id = $1::bigint", entry.id);
        co_await database_.write(std::move(flight), deadline);
    }

    Task<> postpone(const ClaimedEntry& entry, Retry retry, Deadline deadline) override
    {
        postgres::Flight flight;
        flight.add("UPDATE outbox SET attempts = $3::integer, due_at = $4::timestamptz, last_error = $5::text, "
                   "claimed_until = NULL WHERE id = $1::bigint AND claimed_until = $2::timestamptz",
                   entry.id, entry.leased_until, retry.attempts, retry.due_at, postgres::storable_text(retry.reason));
        co_await database_.write(std::move(flight), deadline);
    }

    Task<> bury(const ClaimedEntry& entry, Burial burial, Deadline deadline) override
    {
        const auto event = given_up(entry, burial);
        postgres::Flight flight;
        flight.add("WITH buried AS ("
                   "  UPDATE outbox SET attempts = attempts + 1, state = 'dead', last_error = $3::text, "
                   "    claimed_until = NULL WHERE id = $1::bigint AND claimed_until = $2::timestamptz "
                   "  RETURNING recipient) "
                   "SELECT watchword_audit($4::timestamptz, $5::text, "
                   "  (SELECT max(id) FROM users WHERE email = recipient HAVING count(*) = 1), '', '', $6::text) "
                   "FROM buried",
                   entry.id, entry.leased_until, postgres::storable_text(burial.reason), event.at, event.name,
                   event.details);
        co_await database_.write(std::move(flight), deadline);
    }

    Task<std::size_t> purge(Instant now, std::chrono::seconds keep_buried, Deadline deadline) override
    {
        postgres::Flight flight;
        flight.add("DELETE FROM outbox WHERE id IN (SELECT id FROM outbox WHERE state = 'dead' "
                   "AND expires_at <= $1::timestamptz AND kind = 'mail' LIMIT 200 FOR UPDATE SKIP LOCKED)",
                   now - keep_buried);
        flight.add("DELETE FROM outbox WHERE id IN (SELECT id FROM outbox WHERE state = 'waiting' "
                   "AND expires_at <= $1::timestamptz AND kind = 'mail' "
                   "AND (claimed_until IS NULL OR claimed_until <= $1) LIMIT 200 FOR UPDATE SKIP LOCKED) RETURNING 1",
                   now);
        const auto answers = co_await database_.write(std::move(flight), deadline);
        co_return answers.back().size();
    }

    Task<std::vector<ListedEntry>> list(std::size_t limit, Deadline deadline) override
    {
        const auto rows = co_await database_.read(
            "SELECT id, recipient, attempts, created_at, due_at, expires_at, claimed_until, state, last_error "
            "FROM outbox WHERE kind = 'mail' ORDER BY id LIMIT $1::bigint",
            deadline, static_cast<std::int64_t>(limit));
        std::vector<ListedEntry> entries;
        std::ranges::transform(rows, std::back_inserter(entries), to_listed_entry);
        co_return entries;
    }

    Task<Retried> retry(std::int64_t id, Instant now, Deadline deadline) override
    {
        postgres::Flight flight;
        flight.add("UPDATE outbox SET state = 'waiting', attempts = 0, due_at = $2::timestamptz "
                   "WHERE id = $1::bigint AND kind = 'mail' AND expires_at > $2 RETURNING 1",
                   id, now);
        flight.add("SELECT 1 FROM outbox WHERE id = $1::bigint AND kind = 'mail'", id);
        const auto answers = co_await database_.write(std::move(flight), deadline);
        if (!answers.front().empty()) {
            co_return Retried::due;
        }
        co_return answers.back().empty() ? Retried::unknown : Retried::expired;
    }

    Task<std::size_t> retry_all(Instant now, Deadline deadline) override
    {
        postgres::Flight flight;
        flight.add("UPDATE outbox SET state = 'waiting', attempts = 0, due_at = $1::timestamptz "
                   "WHERE state = 'dead' AND kind = 'mail' AND expires_at > $1 RETURNING 1",
                   now);
        const auto answers = co_await database_.write(std::move(flight), deadline);
        co_return answers.front().size();
    }

    Task<bool> drop(std::int64_t id, Deadline deadline) override
    {
        postgres::Flight flight;
        flight.add("DELETE FROM outbox WHERE id = $1::bigint AND kind = 'mail' RETURNING 1", id);
        const auto answers = co_await database_.write(std::move(flight), deadline);
        co_return !answers.front().empty();
    }

private:
    postgres::Database& database_;
};

}

std::unique_ptr<Outbox> make_pg_outbox(postgres::Database& database)
{
    return std::make_unique<PgOutbox>(database);
}

void put_mail(postgres::Flight& flight, const Entry& entry)
{
    flight.add("SELECT watchword_put_mail(ROW($1::text, $2::bytea, $3::text, $4::timestamptz, "
               "$5::timestamptz)::watchword_mail)",
               entry.recipient, entry.sealed, entry.replaces, entry.created_at, entry.expires_at);
}

}
