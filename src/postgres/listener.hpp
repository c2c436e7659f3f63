#pragma once

#include "postgres/database.hpp"
#include "runtime/change_feed.hpp"
#include "runtime/task_group.hpp"

#include <chrono>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include <boost/asio/posix/stream_descriptor.hpp>
#include <boost/asio/steady_timer.hpp>

namespace watchword::postgres {

/// Hears what other instances, and this one, have committed, and tells the feed. Triggers send it with the COMMIT by
/// NOTIFY on the channel `watchword_changes`: `account:17`, `session:0123…`.
///
/// Whether it would hear, and how late, is not taken for granted: twice a second it sends itself a NOTIFY on the way of
/// ordinary writes that says when it was sent. Where the last one that came back is older than 1.8 seconds, the feed is
/// interrupted until a younger one comes, so that no change is unheard for more than two. So a dead or slow link, a
/// pooler that keeps no LISTEN and a standby that was taken for the primary show.
///
/// Lives on the first I/O thread.
class Listener {
public:
    /// `direct` leads to the server itself. The feed is interrupted until the first echo. All outlive the listener.
    Listener(IoThreads& threads, Database& database, ConnectionOptions direct, const ChangeFeed& feed);
    ~Listener();

    /// Begins to listen. Once.
    void start();

    /// Ends all that `start` began. From an I/O thread.
    Task<> stop();

private:
    using Descriptor = asio::posix::basic_stream_descriptor<asio::io_context::executor_type>;

    Task<> listen();
    Task<> hear(PGconn* connection);
    Task<> send_echoes();
    Task<> watch();
    void heard(std::string_view payload);
    void interrupt();
    bool is_in_time() const;
    Task<> pause(asio::steady_timer& timer, std::chrono::milliseconds time);

    asio::io_context& context_;
    Database& database_;
    const ConnectionOptions direct_;
    const ChangeFeed& feed_;
    const std::string echo_;                              ///< how only what this instance sends begins
    std::chrono::steady_clock::time_point up_to_date_at_; ///< all that was committed until then has been heard
    bool interrupted_ = true;
    bool stopping_ = false;
    std::optional<Descriptor> socket_;
    asio::steady_timer retry_timer_;
    asio::steady_timer echo_timer_;
    asio::steady_timer watch_timer_;
    TaskGroup tasks_; // last: they use all of the above
};

}
