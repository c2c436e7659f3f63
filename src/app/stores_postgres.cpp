#include "app/stores.hpp"

#include "accounts/account_store_pg.hpp"
#include "accounts/adoption_pg.hpp"
#include "app/settings_applied.hpp"
#include "base/log.hpp"
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

#include <utility>

#include <fmt/format.h>

namespace watchword {
namespace {

class PostgresStores final : public Stores {
public:
    explicit PostgresStores(const StoresParts& parts)
        : changes_(parts.changes),
          direct_(direct_postgres_connection(parts.settings)),
          database_(parts.threads, postgres_options(parts.settings)),
          adoption_(database_),
          listener_(parts.threads, database_, direct_, parts.changes)
    {
        accounts = accounts::make_pg_account_store(database_);
        sessions = sessions::make_pg_session_store(database_);
        codes = verification::make_pg_verification_store(database_);
        registrations = registration::make_pg_registration_store(database_);
        known_clients = login::make_pg_known_clients(database_);
        counters = rate_limits::make_pg_security_counters(database_, parts.clock);
        outbox = mail::make_pg_outbox(database_);
    }

    Task<bool> open(Deadline deadline) override
    {
        changes_.interrupted(); // nobody listens yet
        const auto reason = co_await why_not_open();
        if (reason.empty()) {
            co_await database_.start();
            listener_.start();
            co_return true;
        }
        if (deadline.expired()) {
            throw StartRefused(fmt::format("the database cannot be reached: {}; start it, correct DATABASE_URL, or "
                                           "wait longer with DATABASE_START_TIMEOUT_SECONDS",
                                           reason));
        }
        if (!std::exchange(is_waiting_, true)) {
            log::warning("app", "waiting for the database", {{"reason", reason}});
        }
        co_return false;
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
    /// Empty once the schema is there.
    Task<std::string> why_not_open()
    {
        try {
            auto establish = [options = &direct_] { postgres::establish_schema(*options); };
            co_await database_.connectors().run(std::move(establish));
        } catch (const Unavailable& unavailable) {
            co_return unavailable.what();
        }
        co_return "";
    }

    ChangeFeed& changes_;
    const postgres::ConnectionOptions direct_; ///< to the server itself, whatever stands before it
    postgres::Database database_;
    accounts::Adoption adoption_;
    postgres::Listener listener_;
    bool is_waiting_ = false;
};

}

std::unique_ptr<Stores> make_postgres_stores(const StoresParts& parts)
{
    return std::make_unique<PostgresStores>(parts);
}

}
