#include "login/known_clients_sqlite.hpp"

namespace watchword::login {
namespace {

sqlite::Blob blob_of(const std::string& bytes)
{
    return {bytes.begin(), bytes.end()};
}

class SqliteKnownClients final : public KnownClients {
public:
    explicit SqliteKnownClients(sqlite::Database& database) : database_(database) {}

    Task<bool> is_known(const std::string& address, const std::string& client, Instant since, Deadline) override
    {
        co_return database_.reader()
            .row("SELECT 1 FROM known_clients WHERE account = ?1 AND client = ?2 AND last_login_at >= ?3",
                 blob_of(address), blob_of(client), since)
            .has_value();
    }

    Task<> remember(const std::string& address, const std::string& client, Instant now, Deadline deadline) override
    {
        auto upsert = [address = blob_of(address), client = blob_of(client), now](sqlite::Connection& connection) {
            connection.execute("INSERT INTO known_clients (account, client, last_login_at) VALUES (?1, ?2, ?3) "
                               "ON CONFLICT (account, client) DO UPDATE SET last_login_at = excluded.last_login_at",
                               address, client, now);
        };
        co_await database_.write(std::move(upsert), deadline);
    }

    Task<> sweep(Instant before, int limit, Deadline deadline) override
    {
        auto remove = [before, limit](sqlite::Connection& connection) {
            connection.execute("DELETE FROM known_clients WHERE (account, client) IN "
                               "(SELECT account, client FROM known_clients WHERE last_login_at < ?1 LIMIT ?2)",
                               before, std::int64_t{limit});
        };
        co_await database_.write(std::move(remove), deadline);
    }

private:
    sqlite::Database& database_;
};

}

std::unique_ptr<KnownClients> make_sqlite_known_clients(sqlite::Database& database)
{
    return std::make_unique<SqliteKnownClients>(database);
}

}
