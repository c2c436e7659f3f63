#include "app/stores.hpp"

#include "accounts/account_store_pg.hpp"
#include "accounts/adoption_pg.hpp"
#include "app/settings_applied.hpp"
#include "base/start_refused.hpp"
#include "base/unavailable.hpp"
#include "login/known_clients_pg.hpp"
#include "mail/outbox_pg.hpp"
#include "postgres/listener.hpp"
#include "postgres/schema.hpp"
#include "rate_limits/security_counters_pg.hpp"
#include "registration/registration_store_pg.hpp"
#include "sessions/session_store_pg.hpp"
#include "verification/verification_store_pg.hpp"

#include <thread>

#include <fmt/format.h>

namespace watchword {
namespace {

/// Servers that are started together come up in any order.
void establish_schema(const Settings& settings)
{
    const auto deadline = Deadline::after(settings.database.start_timeout);
    while (true) {
        try {
            postgres::establish_schema(direct_postgres_connection(settings));
            return;
        } catch (const Unavailable& unavailable) {
            if (deadline.expired()) {
                throw StartRefused(fmt::format("the database cannot be reached: {}; start it, correct DATABASE_URL, or "
                                               "wait longer with DATABASE_START_TIMEOUT_SECONDS",
                                               unavailable.what()));
            }
        }
        std::this_thread::sleep_for(std::chrono::milliseconds{500});
    }
}

class PostgresStores final : public Stores {
public:
    explicit PostgresStores(const StoresParts& parts)
        : database_(parts.threads, postgres_options(parts.settings)),
          adoption_(database_),
          listener_(parts.threads, database_, direct_postgres_connection(parts.settings), parts.changes)
    {
        accounts = accounts::make_pg_account_store(database_);
        sessions = sessions::make_pg_session_store(database_);
        codes = verification::make_pg_verification_store(database_);
        registrations = registration::make_pg_registration_store(database_);
        known_clients = login::make_pg_known_clients(database_);
        counters = rate_limits::make_pg_security_counters(database_, parts.clock);
        outbox = mail::make_pg_outbox(database_);
    }

    void start() override
    {
        database_.start();
        listener_.start();
    }

    Task<> stop() override
    {
        co_await listener_.stop();
        co_await database_.stop();
    }

    /// Writes go by connections of their own.
    Task<> ask(Deadline deadline) override
    {
        co_await database_.read("SELECT 1", deadline);
        postgres::Flight flight;
        flight.add("SELECT 1");
        co_await database_.write(std::move(flight), deadline);
    }

    Task<bool> adopt_some(Deadline deadline) override { return adoption_.step(deadline); }

private:
    postgres::Database database_;
    accounts::Adoption adoption_;
    postgres::Listener listener_;
};

}

std::unique_ptr<Stores> make_postgres_stores(const StoresParts& parts)
{
    establish_schema(parts.settings);
    return std::make_unique<PostgresStores>(parts);
}

}
