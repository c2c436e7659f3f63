#pragma once

#include "base/time.hpp"
#include "login/known_clients.hpp"
#include "rate_limits/security_counters.hpp"
#include "runtime/task.hpp"
#include "sessions/session_store.hpp"

#include <boost/asio/steady_timer.hpp>

namespace watchword {

/// Removes, once a minute and a little at a time, the rows that no longer mean anything: expired sessions, denied
/// tokens, clients not seen for long, counters that are full again. Every instance does it; doing it twice is harmless.
class Housekeeping {
public:
    Housekeeping(const asio::any_io_executor& executor, sessions::SessionStore& sessions,
                 login::KnownClients& known_clients, rate_limits::SecurityCounters& counters, const Clock& clock);

    /// Runs until `stop`.
    Task<> run();

    void stop();

private:
    Task<> sweep();

    asio::steady_timer timer_;
    sessions::SessionStore& sessions_;
    login::KnownClients& known_clients_;
    rate_limits::SecurityCounters& counters_;
    const Clock& clock_;
    bool stopping_ = false;
};

}
