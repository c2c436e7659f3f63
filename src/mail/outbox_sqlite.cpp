#include "mail/outbox_sqlite.hpp"

#include "audit/trail_sqlite.hpp"
#include "mail/given_up.hpp"

#include <algorithm>
#include <iterator>
#include <utility>

namespace watchword::mail {
namespace {

ClaimedEntry to_claimed_entry(const sqlite::Row& row)
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

std::vector<ClaimedEntry> claim_now(sqlite::Connection& connection, Outbox::Lease lease, std::size_t limit)
{
    // The index is named, since with a long backlog every other way reads and sorts all of it.
    auto rows = connection.rows("UPDATE outbox SET claimed_until = ?2 WHERE id IN ("
                                "  SELECT id FROM outbox INDEXED BY ix_outbox_due_at"
                                "  WHERE state = 'waiting' AND kind = 'mail' AND due_at <= ?1 AND expires_at > ?1"
                                "    AND (claimed_until IS NULL OR claimed_until <= ?1)"
                                "  ORDER BY due_at, id LIMIT ?3) "
                                "RETURNING id, recipient, sealed, attempts, created_at, due_at, claimed_until",
                                lease.begins, lease.ends, static_cast<std::int64_t>(limit));
    std::vector<ClaimedEntry> entries;
    std::ranges::transform(rows, std::back_inserter(entries), to_claimed_entry);
    // RETURNING promises no order.
    std::ranges::sort(entries, {}, [](const ClaimedEntry& entry) { return std::pair(entry.due_at, entry.id); });
    return entries;
}

ListedEntry to_listed_entry(const sqlite::Row& row)
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

struct Hold {
    std::int64_t id;
    Instant until;
};

void bury_now(sqlite::Connection& connection, Hold hold, const std::string& reason, audit::Event event)
{
    const auto buried = connection.row(
        "UPDATE outbox SET attempts = attempts + 1, state = 'dead', last_error = ?, claimed_until = NULL "
        "WHERE id = ? AND claimed_until = ? RETURNING (SELECT id FROM users WHERE email = recipient)",
        reason, hold.id, hold.until);
    if (buried) {
        event.user_id = buried->optional_integer(0);
        audit::append(connection, event);
    }
}

Outbox::Retried retry_one(sqlite::Connection& connection, std::int64_t id, Instant now)
{
    if (connection.execute("UPDATE outbox SET state = 'waiting', attempts = 0, due_at = ?2 "
                           "WHERE id = ?1 AND kind = 'mail' AND expires_at > ?2",
                           id, now) > 0) {
        return Outbox::Retried::due;
    }
    const bool exists = connection.row("SELECT 1 FROM outbox WHERE id = ? AND kind = 'mail'", id).has_value();
    return exists ? Outbox::Retried::expired : Outbox::Retried::unknown;
}

std::size_t purge_some(sqlite::Connection& connection, Instant now, std::chrono::seconds keep_buried)
{
    connection.execute("DELETE FROM outbox WHERE id IN ("
                       "  SELECT id FROM outbox WHERE state = 'dead' AND expires_at <= ? AND kind = 'mail' LIMIT 200)",
                       now - keep_buried);
    return static_cast<std::size_t>(
        connection.execute("DELETE FROM outbox WHERE id IN ("
                           "  SELECT id FROM outbox WHERE state = 'waiting' AND expires_at <= ?1 AND kind = 'mail'"
                           "    AND (claimed_until IS NULL OR claimed_until <= ?1) LIMIT 200)",
                           now));
}

}

void insert_into_outbox(sqlite::Connection& connection, const Entry& entry)
{
    connection.execute("DELETE FROM outbox WHERE replaces = ? AND replaces <> '' AND state = 'waiting'",
                       entry.replaces);
    connection.execute("UPDATE outbox SET expires_at = ?2 "
                       "WHERE state = 'dead' AND expires_at > ?2 AND replaces = ?1 AND replaces <> ''",
                       entry.replaces, entry.created_at);
    connection.execute("INSERT INTO outbox (recipient, sealed, replaces, created_at, expires_at, due_at) "
                       "VALUES (?1, ?2, ?3, ?4, ?5, ?4)",
                       entry.recipient, entry.sealed, entry.replaces, entry.created_at, entry.expires_at);
}

Task<std::vector<ClaimedEntry>> OutboxSqlite::claim(Lease lease, std::size_t limit, Deadline deadline)
{
    // The reader is asked first: an empty outbox, which is looked at every second, then costs the writer nothing.
    const auto due =
        database_.reader().row("SELECT 1 FROM outbox WHERE state = 'waiting' AND due_at <= ? LIMIT 1", lease.begins);
    if (!due) {
        co_return std::vector<ClaimedEntry>{};
    }
    auto work = [lease, limit](sqlite::Connection& connection) { return claim_now(connection, lease, limit); };
    co_return co_await database_.write(std::move(work), deadline);
}

Task<> OutboxSqlite::give_back(Instant lease_ends, Deadline deadline)
{
    auto work = [lease_ends](sqlite::Connection& connection) {
        connection.execute("UPDATE outbox SET claimed_until = NULL WHERE state = 'waiting' AND claimed_until = ?",
                           lease_ends);
    };
    co_await database_.write(std::move(work), deadline);
}

Task<> OutboxSqlite::remove(const ClaimedEntry& entry, Deadline deadline)
{
    auto work = [id = entry.id](sqlite::Connection& connection) {
        connection.execute("DELETE FROM outbox WHERE id = ?", id);
    };
    co_await database_.write(std::move(work), deadline);
}

Task<> OutboxSqlite::postpone(const ClaimedEntry& entry, Retry retry, Deadline deadline)
{
    auto work = [id = entry.id, lease = entry.leased_until, retry = std::move(retry)](sqlite::Connection& connection) {
        connection.execute("UPDATE outbox SET attempts = ?, due_at = ?, last_error = ?, claimed_until = NULL "
                           "WHERE id = ? AND claimed_until = ?",
                           retry.attempts, retry.due_at, retry.reason, id, lease);
    };
    co_await database_.write(std::move(work), deadline);
}

Task<> OutboxSqlite::bury(const ClaimedEntry& entry, Burial burial, Deadline deadline)
{
    auto work = [id = entry.id, lease = entry.leased_until, event = given_up(entry, burial),
                 reason = std::move(burial.reason)](sqlite::Connection& connection) {
        bury_now(connection, {id, lease}, reason, event);
    };
    co_await database_.write(std::move(work), deadline);
}

Task<std::size_t> OutboxSqlite::purge(Instant now, std::chrono::seconds keep_buried, Deadline deadline)
{
    auto work = [now, keep_buried](sqlite::Connection& connection) { return purge_some(connection, now, keep_buried); };
    co_return co_await database_.write(std::move(work), deadline);
}

Task<std::vector<ListedEntry>> OutboxSqlite::list(std::size_t limit, Deadline /*deadline*/)
{
    auto rows = database_.reader().rows(
        "SELECT id, recipient, attempts, created_at, due_at, expires_at, claimed_until, state, last_error FROM outbox "
        "WHERE kind = 'mail' ORDER BY id LIMIT ?",
        static_cast<std::int64_t>(limit));
    std::vector<ListedEntry> entries;
    std::ranges::transform(rows, std::back_inserter(entries), to_listed_entry);
    co_return entries;
}

Task<Outbox::Retried> OutboxSqlite::retry(std::int64_t id, Instant now, Deadline deadline)
{
    auto work = [id, now](sqlite::Connection& connection) { return retry_one(connection, id, now); };
    co_return co_await database_.write(std::move(work), deadline);
}

Task<std::size_t> OutboxSqlite::retry_all(Instant now, Deadline deadline)
{
    auto work = [now](sqlite::Connection& connection) {
        return static_cast<std::size_t>(
            connection.execute("UPDATE outbox SET state = 'waiting', attempts = 0, due_at = ?1 "
                               "WHERE state = 'dead' AND kind = 'mail' AND expires_at > ?1",
                               now));
    };
    co_return co_await database_.write(std::move(work), deadline);
}

Task<bool> OutboxSqlite::drop(std::int64_t id, Deadline deadline)
{
    auto work = [id](sqlite::Connection& connection) {
        return connection.execute("DELETE FROM outbox WHERE id = ? AND kind = 'mail'", id) > 0;
    };
    co_return co_await database_.write(std::move(work), deadline);
}

}
