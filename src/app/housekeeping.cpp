#include "app/housekeeping.hpp"

#include "base/log.hpp"
#include "base/unavailable.hpp"

#include <boost/asio/as_tuple.hpp>

namespace watchword {
namespace {

constexpr std::chrono::minutes pause{1};
constexpr std::chrono::seconds patience{10};
constexpr int rows_at_a_time = 1000; // a few milliseconds of the writer, so that no request notices

/// An access token outlives its session's expiry by no more than this; until then its row must tell that it was
/// revoked.
constexpr std::chrono::days keep_sessions{1};
constexpr std::chrono::days keep_known_clients{31};

}

Housekeeping::Housekeeping(const asio::any_io_executor& executor, sessions::SessionStore& sessions,
                           login::KnownClients& known_clients, rate_limits::SecurityCounters& counters,
                           const Clock& clock)
    : timer_(executor), sessions_(sessions), known_clients_(known_clients), counters_(counters), clock_(clock)
{
}

Task<> Housekeeping::run()
{
    while (!stopping_) {
        timer_.expires_after(pause);
        co_await timer_.async_wait(asio::as_tuple(asio::use_awaitable));
        if (!stopping_) {
            co_await sweep();
        }
    }
}

void Housekeeping::stop()
{
    stopping_ = true;
    timer_.cancel();
}

Task<> Housekeeping::sweep()
{
    const Instant now = clock_.now();
    const Deadline deadline = Deadline::after(patience);
    try {
        co_await sessions_.sweep(now - keep_sessions, rows_at_a_time, deadline);
        co_await known_clients_.sweep(now - keep_known_clients, rows_at_a_time, deadline);
        co_await counters_.sweep(deadline);
    } catch (const Unavailable& exception) {
        log::warning("app", "old rows could not be removed", {{"reason", exception.what()}});
    }
}

}
