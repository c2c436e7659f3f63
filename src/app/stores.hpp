#pragma once

#include "accounts/account_store.hpp"
#include "app/settings.hpp"
#include "login/known_clients.hpp"
#include "mail/outbox.hpp"
#include "rate_limits/security_counters.hpp"
#include "registration/registration_store.hpp"
#include "runtime/change_feed.hpp"
#include "runtime/io_threads.hpp"
#include "runtime/task_group.hpp"
#include "sessions/session_store.hpp"
#include "verification/verification_store.hpp"

#include <memory>

namespace watchword {

/// The database: one adapter for each port, and what is asked of it as a whole.
class Stores {
public:
    virtual ~Stores() = default;

    std::unique_ptr<accounts::AccountStore> accounts;
    std::unique_ptr<sessions::SessionStore> sessions;
    std::unique_ptr<verification::VerificationStore> codes;
    std::unique_ptr<registration::RegistrationStore> registrations;
    std::unique_ptr<login::KnownClients> known_clients;
    std::unique_ptr<rate_limits::SecurityCounters> counters;
    std::unique_ptr<mail::Outbox> outbox;

    /// Returns when the database has answered. Throws Unavailable where it does not before the deadline.
    virtual Task<> ask(Deadline deadline) = 0;

    /// Brings the schema of a server up to date and starts what works beside the requests: connections, the listening
    /// for changes. Until then everything else throws Unavailable. Returns false where the server cannot be reached
    /// yet: servers that are started together come up in any order. Throws StartRefused where it is never going to
    /// work, or cannot be reached and the deadline is over. From an I/O thread.
    virtual Task<bool> open(Deadline deadline) = 0;

    /// Ends it, once nothing else asks the stores. From an I/O thread.
    virtual Task<> stop() = 0;

    /// Brings some more rows of a database that was adopted up to date, a few milliseconds of work. Returns whether
    /// there may be others. Throws Unavailable.
    virtual Task<bool> adopt_some(Deadline deadline) = 0;
};

/// What the stores are built from; all of it outlives them.
struct StoresParts {
    const Settings& settings;
    IoThreads& threads;
    const Clock& clock;
    ChangeFeed& changes; ///< told of what was committed
};

/// What `DATABASE_URL` names.
std::unique_ptr<Stores> make_stores(const StoresParts& parts);

/// A file in the data folder, which one server at a time may use. Throws StartRefused.
std::unique_ptr<Stores> make_sqlite_stores(const StoresParts& parts);

/// A PostgreSQL server.
std::unique_ptr<Stores> make_postgres_stores(const StoresParts& parts);

}
