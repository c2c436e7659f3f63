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

Housekeeping::Housekeeping(const asio::any_io_executor& executor, Stores& stores, const Clock& clock)
    : timer_(executor), stores_(stores), clock_(clock)
{
}

Task<> Housekeeping::run()
{
    co_await adopt();
    while (!stopping_) {
        timer_.expires_after(pause);
        co_await timer_.async_wait(asio::as_tuple(asio::use_awaitable));
        if (!stopping_) {
            co_await sweep();
            co_await adopt();
        }
    }
}

void Housekeeping::stop()
{
    stopping_ = true;
    timer_.cancel();
}

Task<> Housekeeping::adopt()
{
    try {
        bool more = true;
        while (more && !stopping_) {
            more = co_await stores_.adopt_some(Deadline::after(patience));
        }
    } catch (const Unavailable& exception) {
        log::warning("app", "adopted rows could not be brought up to date", {{"reason", exception.what()}});
    }
}

Task<> Housekeeping::sweep()
{
    const Instant now = clock_.now();
    const Deadline deadline = Deadline::after(patience);
    try {
        co_await stores_.sessions->sweep(now - keep_sessions, rows_at_a_time, deadline);
        co_await stores_.known_clients->sweep(now - keep_known_clients, rows_at_a_time, deadline);
        co_await stores_.counters->sweep(deadline);
    } catch (const Unavailable& exception) {
        log::warning("app", "old rows could not be removed", {{"reason", exception.what()}});
    }
}

}
