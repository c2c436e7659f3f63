#pragma once

#include "postgres/connecting.hpp"
#include "postgres/flight.hpp"
#include "postgres/row.hpp"
#include "runtime/deadline.hpp"

#include <cstddef>
#include <deque>
#include <exception>
#include <functional>
#include <memory>
#include <string>
#include <unordered_map>
#include <vector>

#include <libpq-fe.h>

namespace watchword::postgres {

/// A flight that somebody waits for.
struct Request {
    using Done = std::function<void(std::exception_ptr, std::vector<Rows>)>;

    Flight flight;
    Deadline deadline;
    Done done; ///< empty once it was called

    /// Tells whoever waits, if nobody has yet.
    void tell(std::exception_ptr thrown, std::vector<Rows> answers = {});
};

/// One connection in pipeline mode: flights go out one behind another, each with a Sync of its own, and their answers
/// come back in that order. An error stays in its flight. A flight whose prepared statement the server has forgotten,
/// or that a changed table has made old, goes out a second time. Never waits. Lives on one I/O thread.
class Connection {
public:
    Connection(Handle handle, bool prepares);

    /// See `duplicate_socket`.
    int duplicate_socket() const { return postgres::duplicate_socket(handle_.get()); }

    /// How many flights have not been answered.
    std::size_t in_flight() const { return flights_.size(); }

    /// When the oldest of them should have been answered.
    const Deadline& oldest_deadline() const { return flights_.front().request->deadline; }

    /// Puts the flight on its way; `flush` moves it.
    void send(std::shared_ptr<Request> request);

    /// Sends what the kernel takes; whether something is left for when the socket is writable.
    bool flush();

    /// Takes what has come and tells those whose answers are complete.
    void receive();

    /// Why the connection is of no more use; empty while it is.
    const std::string& end() const { return end_; }

    /// Whether the server itself has said that it is to be left: it stops, or takes no writes.
    bool server_leaves() const { return server_leaves_; }

    /// Tells all who wait that there will be no answer, and those of the future.
    void give_up(std::string reason);

    /// Gives up on flights whose time is over; their answers are dropped when they come.
    void expire();

private:
    struct Step {
        enum class Kind { Prepare, Run };
        Kind kind;
        std::string sql;
        std::string name; ///< that it prepares or runs; empty: it runs without
    };
    struct InFlight {
        std::shared_ptr<Request> request;
        bool is_second_time = false;
        std::deque<Step> steps;
        std::vector<Rows> answers;
        std::exception_ptr failure;
        bool wants_second_time = false; ///< nothing of it was done, for want of a prepared statement
    };

    void send(std::shared_ptr<Request> request, bool is_second_time);
    void send_statement(const Statement& statement, InFlight& flight);
    void take(std::shared_ptr<const PGresult> result);
    void take_failure(const PGresult* result, const Step& step);
    void forget(const Step& step);

    Handle handle_;
    const bool prepares_;
    std::unordered_map<std::string, std::string> prepared_; ///< names of prepared statements by their text
    std::size_t names_ = 0;
    std::deque<InFlight> flights_;
    std::string end_;
    bool server_leaves_ = false;
};

}
