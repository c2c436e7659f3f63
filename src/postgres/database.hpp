#pragma once

#include "postgres/connection.hpp"

#include <chrono>
#include <cstddef>
#include <deque>
#include <memory>
#include <mutex>
#include <string_view>
#include <utility>
#include <vector>

#include <boost/asio/steady_timer.hpp>

namespace watchword::postgres {

/// Statements that travel together: one transaction, and one wait for all of them.
class Flight {
public:
    template <class... Arguments>
    void add(std::string_view sql, const Arguments&... arguments)
    {
        statements_.push_back({std::string(sql), {to_parameter(arguments)...}});
    }

    std::vector<Statement> take() { return std::move(statements_); }

private:
    std::vector<Statement> statements_;
};

struct DatabaseOptions {
    SecretText url;                           ///< as libpq reads it
    std::size_t connections_max = 30;         ///< of this process; they are opened when they are needed
    std::chrono::milliseconds longest_wait{}; ///< for one of them
    std::chrono::seconds recycle_after{};     ///< a connection is replaced when it is older; 0: never
};

/// A PostgreSQL database and the connections to it. Used from every I/O thread; a task waits without blocking its
/// thread. Nothing is held between two calls.
class Database {
public:
    explicit Database(DatabaseOptions options) : options_(std::move(options)) {}

    const SecretText& url() const { return options_.url; }

    /// Runs one statement that changes nothing. Throws Unavailable when the server cannot be used in time.
    template <class... Arguments>
    Task<Rows> read(std::string_view sql, Deadline deadline, const Arguments&... arguments)
    {
        return first_of({std::string(sql), {to_parameter(arguments)...}}, deadline);
    }

    /// Runs the statements of a flight in one transaction and returns the rows of each. When Unavailable is thrown
    /// since the deadline has passed or the connection was lost, the transaction may have been committed all the same.
    Task<std::vector<Rows>> write(Flight flight, Deadline deadline);

private:
    struct Open {
        std::unique_ptr<Connection> connection;
        std::chrono::steady_clock::time_point since;
    };
    struct Waiter {
        asio::steady_timer timer;
        bool may_go = false;
    };
    class Place;

    Task<Rows> first_of(Statement statement, Deadline deadline);
    Task<std::vector<Rows>> run(std::vector<Statement> statements, Deadline deadline);
    Task<> take_place(Deadline deadline);
    void leave_place();
    std::unique_ptr<Open> take_idle();

    DatabaseOptions options_;
    std::mutex mutex_;
    std::vector<std::unique_ptr<Open>> idle_;
    std::deque<std::shared_ptr<Waiter>> waiting_;
    std::size_t in_use_ = 0;
};

}
