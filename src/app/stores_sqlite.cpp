#include "app/stores.hpp"

#include "accounts/account_store_sqlite.hpp"
#include "base/unavailable.hpp"
#include "login/known_clients_sqlite.hpp"
#include "mail/outbox_sqlite.hpp"
#include "rate_limits/security_counters_sqlite.hpp"
#include "registration/registration_store_sqlite.hpp"
#include "sessions/session_store_sqlite.hpp"
#include "sqlite/data_lock.hpp"
#include "verification/verification_store_sqlite.hpp"

namespace watchword {
namespace {

class SqliteStores final : public Stores {
public:
    explicit SqliteStores(const StoresParts& parts)
        : lock_(parts.settings.files.data_folder),
          database_(parts.settings.database.sqlite_file.string(), parts.threads.count(), {}, parts.changes)
    {
        accounts = accounts::make_sqlite_account_store(database_);
        sessions = sessions::make_sqlite_session_store(database_);
        codes = verification::make_sqlite_verification_store(database_);
        registrations = registration::make_sqlite_registration_store(database_);
        known_clients = login::make_sqlite_known_clients(database_);
        counters = rate_limits::make_sqlite_security_counters(database_, parts.clock);
        outbox = std::make_unique<mail::OutboxSqlite>(database_);
    }

    Task<> ask(Deadline) override
    {
        if (!database_.reader().row("SELECT 1")) {
            throw Unavailable("SQLite does not answer");
        }
        co_return;
    }

    Task<bool> open(Deadline) override { co_return true; }
    Task<> stop() override { co_return; }

    /// The replaced service never wrote into such a file.
    Task<bool> adopt_some(Deadline) override { co_return false; }

private:
    sqlite::DataLock lock_;
    sqlite::Database database_;
};

}

std::unique_ptr<Stores> make_sqlite_stores(const StoresParts& parts)
{
    return std::make_unique<SqliteStores>(parts);
}

}
