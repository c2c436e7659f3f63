#pragma once

#include "redis/conversation.hpp"
#include "redis/transport.hpp"
#include "runtime/deadline.hpp"
#include "runtime/task_group.hpp"

#include <chrono>
#include <memory>
#include <optional>
#include <string>

#include <boost/asio/steady_timer.hpp>

namespace watchword::redis {

/// One open connection, on which many ask at once. Lives on one I/O thread.
///
/// A command that is not answered in its time takes the connection with it: Redis answers in order, so all behind it
/// would wait too, and a reply that comes too late has no connection to come on.
class Connection {
public:
    Connection(asio::any_io_executor executor, std::unique_ptr<Transport> transport,
               Conversation::Published published = {});

    /// To be awaited before the connection goes, after `close`.
    Task<> ended() { return tasks_.wait(); }

    /// Connects and begins to read. Throws Unavailable when that does not succeed in `time`.
    Task<> open(std::chrono::milliseconds time);

    /// Asks and returns the reply, which may be an error. Throws Unavailable, after `time` at the latest, when there is
    /// none.
    Task<Reply> ask(const Command& command, std::chrono::milliseconds time);

    bool is_open() const { return opened_ && !lost_; }

    /// Why it is closed; empty while it is not.
    const std::string& reason() const { return reason_; }

    /// Ends it: everybody who waits gets the reason. The first one counts.
    void close(std::string reason);

private:
    using Steady = std::chrono::steady_clock;

    std::optional<Steady::time_point> next_deadline() const;
    Task<> read();
    Task<> write();
    Task<> watch();
    void start_writing();
    void start_watching(Steady::time_point until);

    asio::any_io_executor executor_;
    std::unique_ptr<Transport> transport_;
    Conversation conversation_;
    asio::steady_timer timer_;
    std::optional<Steady::time_point> opening_until_;
    std::string reason_;
    bool opened_ = false;
    bool lost_ = false;
    bool is_writing_ = false;
    bool is_watching_ = false;
    TaskGroup tasks_; // last: they use all of the above
};

}
