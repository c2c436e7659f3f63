#include "app/stores.hpp"

#include "accounts/account_store_pg.hpp"
#include "accounts/adoption_pg.hpp"
#include "login/known_clients_pg.hpp"
#include "mail/outbox_pg.hpp"
#include "postgres/listener.hpp"
#include "postgres/schema.hpp"
#include "rate_limits/security_counters_pg.hpp"
#include "registration/registration_store_pg.hpp"
#include "sessions/session_store_pg.hpp"
#include "verification/verification_store_pg.hpp"

namespace watchword {
namespace {

postgres::DatabaseOptions options_of(const Settings::Database& settings)
{
    return {.url = settings.postgres_url,
            .connections_max = static_cast<std::size_t>(settings.pool_size + settings.pool_overflow_max),
            .longest_wait = settings.pool_timeout,
            .recycle_after = settings.pool_recycle};
}

class PostgresStores final : public Stores {
public:
    explicit PostgresStores(const StoresParts& parts)
        : database_(options_of(parts.settings.database)), adoption_(database_), listener_(database_, parts.changes)
    {
        accounts = accounts::make_pg_account_store(database_);
        sessions = sessions::make_pg_session_store(database_);
        codes = verification::make_pg_verification_store(database_);
        registrations = registration::make_pg_registration_store(database_);
        known_clients = login::make_pg_known_clients(database_);
        counters = rate_limits::make_pg_security_counters(database_, parts.clock);
        outbox = mail::make_pg_outbox(database_);
    }

    void start(TaskGroup& workers) override
    {
        workers.spawn("listener", listener_.listen());
        workers.spawn("echo", listener_.echo());
    }

    void stop() override { listener_.stop(); }

    Task<> ask(Deadline deadline) override { co_await database_.read("SELECT 1", deadline); }

    Task<bool> adopt_some(Deadline deadline) override { return adoption_.step(deadline); }

private:
    postgres::Database database_;
    accounts::Adoption adoption_;
    postgres::Listener listener_;
};

}

std::unique_ptr<Stores> make_postgres_stores(const StoresParts& parts)
{
    const auto& settings = parts.settings.database;
    postgres::establish_schema(settings.postgres_url, settings.start_timeout);
    return std::make_unique<PostgresStores>(parts);
}

}
