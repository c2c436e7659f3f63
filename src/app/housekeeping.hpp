#pragma once

#include "app/stores.hpp"
#include "base/time.hpp"
#include "runtime/task.hpp"

#include <boost/asio/steady_timer.hpp>

namespace watchword {

/// Removes, once a minute and a little at a time, the rows that no longer mean anything: expired sessions, denied
/// tokens, clients not seen for long, counters that are full again. After the start, and then at each turn, it brings
/// the rows of a database that was adopted up to date. Every instance does it; doing it twice is harmless.
class Housekeeping {
public:
    Housekeeping(const asio::any_io_executor& executor, Stores& stores, const Clock& clock);

    /// Runs until `stop`.
    Task<> run();

    void stop();

private:
    Task<> adopt();
    Task<> sweep();

    asio::steady_timer timer_;
    Stores& stores_;
    const Clock& clock_;
    bool stopping_ = false;
};

}
