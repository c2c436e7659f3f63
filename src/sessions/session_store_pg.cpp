#include "sessions/session_store_pg.hpp"

namespace watchword::sessions {
namespace {

std::optional<Session> session_from(const postgres::Rows& rows)
{
    if (rows.empty()) {
        return std::nullopt;
    }
    const auto& row = rows.front();
    return Session{.id = row.text(0),
                   .account = row.integer(1),
                   .created_at = row.instant(2),
                   .last_used_at = row.instant(3),
                   .expires_at = row.instant(4),
                   .refresh_counter = row.integer(5),
                   .rotated_at = row.optional_instant(6),
                   .revoked = !row.is_null(7)};
}

class PgSessionStore final : public SessionStore {
public:
    explicit PgSessionStore(postgres::Database& database) : database_(database) {}

    Task<> open(const Session& session, const Client& client, Deadline deadline) override
    {
        postgres::Flight flight;
        flight.add("INSERT INTO sessions (sid, user_id, created_at, last_used_at, expires_at, refresh_counter, "
                   "client_address, user_agent) VALUES ($1::text, $2::integer, $3::timestamptz, $4::timestamptz, "
                   "$5::timestamptz, $6::bigint, $7::text, $8::text) ON CONFLICT (sid) DO NOTHING",
                   session.id, session.account, session.created_at, session.last_used_at, session.expires_at,
                   session.refresh_counter, client.address, postgres::storable_text(client.user_agent));
        co_await database_.write(std::move(flight), deadline);
    }

    Task<std::optional<Session>> find(std::string_view id, Deadline deadline) override
    {
        if (id.contains('\0')) {
            co_return std::nullopt;
        }
        co_return session_from(co_await database_.read(
            "SELECT sid, user_id, created_at, last_used_at, expires_at, refresh_counter, rotated_at, revoked_at "
            "FROM sessions WHERE sid = $1::text",
            deadline, id));
    }

    Task<> touch(std::string_view id, Instant now, Deadline deadline) override
    {
        postgres::Flight flight;
        flight.add("UPDATE sessions SET last_used_at = $2::timestamptz WHERE sid = $1::text AND last_used_at < $2", id,
                   now);
        co_await database_.write(std::move(flight), deadline);
    }

    Task<std::optional<Session>> rotate(std::string_view id, std::int64_t counter, Instant now, Instant expires_at,
                                        Deadline deadline) override
    {
        postgres::Flight flight;
        flight.add("SELECT sid, user_id, created_at, last_used_at, expires_at, refresh_counter, rotated_at, revoked_at "
                   "FROM watchword_rotate($1::text, $2::bigint, $3::timestamptz, $4::timestamptz)",
                   id, counter, now, expires_at);
        const auto answers = co_await database_.write(std::move(flight), deadline);
        co_return session_from(answers.front());
    }

    Task<> revoke(std::string_view id, Instant now, Deadline deadline) override
    {
        postgres::Flight flight;
        flight.add("UPDATE sessions SET revoked_at = $2::timestamptz WHERE sid = $1::text AND revoked_at IS NULL", id,
                   now);
        co_await database_.write(std::move(flight), deadline);
    }

    Task<std::optional<AccountState>> account_state(accounts::AccountId account, Deadline deadline) override
    {
        const auto rows =
            co_await database_.read("SELECT tokens_not_before FROM users WHERE id = $1::bigint", deadline, account);
        if (rows.empty()) {
            co_return std::nullopt;
        }
        co_return AccountState{rows.front().optional_instant(0)};
    }

    Task<> deny(const std::string& token_hash, Instant expires_at, Deadline deadline) override
    {
        postgres::Flight flight;
        flight.add("INSERT INTO denied_tokens (token_hash, expires_at) VALUES ($1::bytea, $2::timestamptz) "
                   "ON CONFLICT (token_hash) DO NOTHING",
                   postgres::as_blob(token_hash), expires_at);
        co_await database_.write(std::move(flight), deadline);
    }

    Task<bool> is_denied(const std::string& token_hash, Deadline deadline) override
    {
        const auto rows = co_await database_.read("SELECT 1 FROM denied_tokens WHERE token_hash = $1::bytea", deadline,
                                                  postgres::as_blob(token_hash));
        co_return !rows.empty();
    }

    Task<> sweep(Instant before, int limit, Deadline deadline) override
    {
        // Another instance that sweeps at the same time takes other rows. A session may have been refreshed meanwhile:
        // locking it looks again.
        postgres::Flight flight;
        flight.add("DELETE FROM sessions WHERE sid IN (SELECT sid FROM sessions WHERE expires_at < $1::timestamptz "
                   "LIMIT $2::bigint FOR UPDATE SKIP LOCKED)",
                   before, std::int64_t{limit});
        flight.add("DELETE FROM denied_tokens WHERE token_hash IN (SELECT token_hash FROM denied_tokens "
                   "WHERE expires_at < $1::timestamptz LIMIT $2::bigint FOR UPDATE SKIP LOCKED)",
                   before, std::int64_t{limit});
        co_await database_.write(std::move(flight), deadline);
    }

private:
    postgres::Database& database_;
};

}

std::unique_ptr<SessionStore> make_pg_session_store(postgres::Database& database)
{
    return std::make_unique<PgSessionStore>(database);
}

}
