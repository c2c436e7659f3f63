#include "sessions/session_store_sqlite.hpp"

namespace watchword::sessions {
namespace {

Session session_from(const sqlite::Row& row)
{
    return {.id = row.text(0),
            .account = row.integer(1),
            .created_at = row.instant(2),
            .last_used_at = row.instant(3),
            .expires_at = row.instant(4),
            .refresh_counter = row.integer(5),
            .rotated_at = row.optional_instant(6),
            .revoked = !row.is_null(7)};
}

constexpr std::string_view select_session =
    "SELECT sid, user_id, created_at, last_used_at, expires_at, refresh_counter, rotated_at, revoked_at "
    "FROM sessions WHERE sid = ?1";

std::optional<Session> find_session(sqlite::Connection& connection, std::string_view id)
{
    const auto row = connection.row(select_session, id);
    return row ? std::optional(session_from(*row)) : std::nullopt;
}

sqlite::Blob blob_of(const std::string& bytes)
{
    return {bytes.begin(), bytes.end()};
}

class SqliteSessionStore final : public SessionStore {
public:
    explicit SqliteSessionStore(sqlite::Database& database) : database_(database) {}

    Task<> open(const Session& session, const Client& client, Deadline deadline) override
    {
        auto insert = [session, client](sqlite::Connection& connection) {
            connection.execute("INSERT INTO sessions (sid, user_id, created_at, last_used_at, expires_at, "
                               "refresh_counter, client_address, user_agent) "
                               "VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8) ON CONFLICT (sid) DO NOTHING",
                               session.id, session.account, session.created_at, session.last_used_at,
                               session.expires_at, session.refresh_counter, client.address, client.user_agent);
        };
        co_await database_.write(std::move(insert), deadline);
    }

    Task<std::optional<Session>> find(std::string_view id, Deadline) override
    {
        co_return find_session(database_.reader(), id);
    }

    Task<> touch(std::string_view id, Instant now, Deadline deadline) override
    {
        auto update = [id = std::string(id), now](sqlite::Connection& connection) {
            connection.execute("UPDATE sessions SET last_used_at = max(last_used_at, ?2) WHERE sid = ?1", id, now);
        };
        co_await database_.write(std::move(update), deadline);
    }

    Task<std::optional<Session>> rotate(std::string_view id, std::int64_t counter, Instant now, Instant expires_at,
                                        Deadline deadline) override
    {
        auto update = [id = std::string(id), counter, now, expires_at](sqlite::Connection& connection) {
            connection.execute("UPDATE sessions SET refresh_counter = refresh_counter + 1, rotated_at = ?3, "
                               "last_used_at = ?3, expires_at = ?4 "
                               "WHERE sid = ?1 AND refresh_counter = ?2 AND revoked_at IS NULL",
                               id, counter, now, expires_at);
            return find_session(connection, id);
        };
        co_return co_await database_.write(std::move(update), deadline);
    }

    Task<> revoke(std::string_view id, Instant now, Deadline deadline) override
    {
        auto update = [id = std::string(id), now](sqlite::Connection& connection) {
            connection.execute("UPDATE sessions SET revoked_at = ?2 WHERE sid = ?1 AND revoked_at IS NULL", id, now);
        };
        co_await database_.write(std::move(update), deadline);
    }

    Task<std::optional<AccountState>> account_state(accounts::AccountId account, Deadline) override
    {
        const auto row = database_.reader().row("SELECT tokens_not_before FROM users WHERE id = ?1", account);
        if (!row) {
            co_return std::nullopt;
        }
        co_return AccountState{row->optional_instant(0)};
    }

    Task<> deny(const std::string& token_hash, Instant expires_at, Deadline deadline) override
    {
        auto insert = [hash = blob_of(token_hash), expires_at](sqlite::Connection& connection) {
            connection.execute("INSERT INTO denied_tokens (token_hash, expires_at) VALUES (?1, ?2) "
                               "ON CONFLICT (token_hash) DO NOTHING",
                               hash, expires_at);
        };
        co_await database_.write(std::move(insert), deadline);
    }

    Task<bool> is_denied(const std::string& token_hash, Deadline) override
    {
        co_return database_.reader()
            .row("SELECT 1 FROM denied_tokens WHERE token_hash = ?1", blob_of(token_hash))
            .has_value();
    }

    Task<> sweep(Instant before, int limit, Deadline deadline) override
    {
        auto remove = [before, limit](sqlite::Connection& connection) {
            connection.execute("DELETE FROM sessions WHERE sid IN "
                               "(SELECT sid FROM sessions WHERE expires_at < ?1 LIMIT ?2)",
                               before, std::int64_t{limit});
            connection.execute("DELETE FROM denied_tokens WHERE token_hash IN "
                               "(SELECT token_hash FROM denied_tokens WHERE expires_at < ?1 LIMIT ?2)",
                               before, std::int64_t{limit});
        };
        co_await database_.write(std::move(remove), deadline);
    }

private:
    sqlite::Database& database_;
};

}

std::unique_ptr<SessionStore> make_sqlite_session_store(sqlite::Database& database)
{
    return std::make_unique<SqliteSessionStore>(database);
}

}
