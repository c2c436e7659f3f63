#pragma once

#include "base/secret.hpp"
#include "postgres/value.hpp"
#include "runtime/deadline.hpp"
#include "runtime/task.hpp"

#include <memory>
#include <string>
#include <vector>

struct pg_conn;
struct pg_result;

namespace watchword::postgres {

struct Statement {
    std::string sql;
    std::vector<Parameter> parameters;
};

/// One connection to a server, in libpq's pipeline mode. One task at a time uses it; it may go from thread to thread
/// between two uses.
class Connection {
public:
    /// Connects without blocking, but for the look-up of a name. Throws Unavailable.
    static Task<std::unique_ptr<Connection>> open(SecretText url, Deadline deadline);

    ~Connection();

    Connection(const Connection&) = delete;
    Connection& operator=(const Connection&) = delete;

    /// Sends all statements at once, before one Sync: one transaction, nothing of which is kept when one fails. Returns
    /// the rows of each. Throws Unavailable when the server cannot be used or the deadline passes, after which the
    /// connection is not usable; std::runtime_error when a statement is wrong.
    Task<std::vector<Rows>> run(std::vector<Statement> statements, Deadline deadline);

    /// Waits until something has come from the server or the deadline has passed, and returns what was notified.
    Task<std::vector<std::string>> notifications(Deadline deadline);

    /// Whether another use makes sense. Looks at what the server has sent meanwhile, for example that it stops.
    bool usable();

private:
    explicit Connection(pg_conn* connection) : connection_(connection) {}

    enum class Direction { read, write };
    Task<bool> ready(Direction direction, Deadline deadline);
    Task<> connect(Deadline deadline);
    Task<pg_result*> next_result(Deadline deadline);
    void send(const std::vector<Statement>& statements);

    pg_conn* connection_;
    bool broken_ = false;
};

/// The text of libpq's last error, on one line.
std::string error_of(pg_conn* connection);

}
