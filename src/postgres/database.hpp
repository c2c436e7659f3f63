#pragma once

#include "postgres/connection.hpp"
#include "postgres/flight.hpp"
#include "postgres/row.hpp"
#include "runtime/deadline.hpp"
#include "runtime/io_threads.hpp"
#include "runtime/task.hpp"
#include "runtime/worker_pool.hpp"

#include <chrono>
#include <cstddef>
#include <memory>
#include <string_view>
#include <utility>
#include <vector>

namespace watchword::postgres {

struct DatabaseOptions {
    ConnectionOptions connection;
    std::size_t write_connections = 10;    ///< of all I/O threads together; each thread has one at least
    std::size_t extra_connections = 20;    ///< more of them while there is much to write
    std::chrono::seconds waiting_time{30}; ///< for a connection; a request's own deadline is often sooner
    std::chrono::seconds recycle{3600};    ///< an idle connection older than this is replaced; 0: never
};

/// A PostgreSQL server, for all I/O threads. Each thread has a connection on which the reads of many requests travel
/// together, and some on which one write at a time does: a write waits for its own log to reach the disk, and what came
/// behind it on the same connection would wait as well.
class Database {
public:
    /// Connects to nothing yet. The threads outlive the database.
    Database(IoThreads& threads, DatabaseOptions options);
    ~Database();

    /// Begins to connect, on each thread. Whoever asks before it has returned is refused. From an I/O thread.
    Task<> start();

    /// Ends all that `start` began. From an I/O thread.
    Task<> stop();

    /// Runs one SELECT and returns its rows. Throws Unavailable when the server cannot be used or has not answered by
    /// the deadline, nor within the time of a statement, and Failure when it refuses the statement.
    template <class... Values>
    Task<Rows> read(std::string_view sql, Deadline deadline, const Values&... values)
    {
        Flight flight;
        flight.add(sql, values...);
        return read_flight(std::move(flight), deadline);
    }

    /// Runs the statements as one transaction and returns the rows of each. It is durable then. One that lost to others
    /// is tried three times more. Throws as `read` does; when the connection is lost or the deadline passes, nobody
    /// knows whether it was done, and it is not tried again.
    Task<std::vector<Rows>> write(Flight flight, Deadline deadline);

    /// Threads that may wait for a server: for connections of other parts of this room.
    WorkerPool& connectors();

    const ConnectionOptions& connection() const { return options_.connection; }

private:
    struct Threads;

    Deadline for_a_statement(Deadline deadline) const;
    Task<Rows> read_flight(Flight flight, Deadline deadline);

    const DatabaseOptions options_;
    std::unique_ptr<Threads> threads_;
};

}
