#include "login/known_clients_pg.hpp"

namespace watchword::login {
namespace {

class PgKnownClients final : public KnownClients {
public:
    explicit PgKnownClients(postgres::Database& database) : database_(database) {}

    Task<bool> is_known(const std::string& address, const std::string& client, Instant since,
                        Deadline deadline) override
    {
        const auto rows =
            co_await database_.read("SELECT 1 FROM known_clients WHERE account = $1::bytea AND client = $2::bytea "
                                    "AND last_login_at >= $3::timestamptz",
                                    deadline, postgres::as_blob(address), postgres::as_blob(client), since);
        co_return !rows.empty();
    }

    Task<> remember(const std::string& address, const std::string& client, Instant now, Deadline deadline) override
    {
        postgres::Flight flight;
        flight.add("INSERT INTO known_clients (account, client, last_login_at) "
                   "VALUES ($1::bytea, $2::bytea, $3::timestamptz) "
                   "ON CONFLICT (account, client) DO UPDATE SET last_login_at = excluded.last_login_at",
                   postgres::as_blob(address), postgres::as_blob(client), now);
        co_await database_.write(std::move(flight), deadline);
    }

    Task<> sweep(Instant before, int limit, Deadline deadline) override
    {
        postgres::Flight flight;
        flight.add("DELETE FROM known_clients WHERE (account, client) IN (SELECT account, client FROM known_clients "
                   "WHERE last_login_at < $1::timestamptz LIMIT $2::bigint FOR UPDATE SKIP LOCKED)",
                   before, std::int64_t{limit});
        co_await database_.write(std::move(flight), deadline);
    }

private:
    postgres::Database& database_;
};

}

std::unique_ptr<KnownClients> make_pg_known_clients(postgres::Database& database)
{
    return std::make_unique<PgKnownClients>(database);
}

}
