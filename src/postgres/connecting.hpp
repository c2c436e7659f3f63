#pragma once

#include "postgres/location.hpp"

#include <chrono>
#include <memory>

#include <libpq-fe.h>

namespace watchword::postgres {

/// How every connection is opened.
struct ConnectionOptions {
    Location location;

    /// Statements are prepared once a connection. Off for PgBouncer in transaction mode, which hands the server's
    /// connections round, and which takes no `options` either: set the timeouts for the role there (ALTER ROLE … SET).
    bool prepares = true;

    /// Of a statement, its waits for locks included. Zero: none.
    std::chrono::milliseconds statement_timeout = std::chrono::seconds{2};
};

struct Finish {
    void operator()(PGconn* connection) const { PQfinish(connection); }
};
using Handle = std::unique_ptr<PGconn, Finish>;

/// Connects to a server that can be written to, and waits for it: not for an I/O thread, since the system's resolver
/// blocks too. Of several hosts and addresses the first one that can be written to is taken; a silent one keeps the
/// next waiting for a quarter of a second, and while it is silent the others are asked again and again. Each is given
/// two seconds, or `connect_timeout` of the URL. What the URL says in `options` stands.
/// Throws Unavailable with what each of them said, without the password.
Handle connect(const ConnectionOptions& options);

/// Another descriptor of the connection's socket, for waiting, that the caller closes. libpq closes its own as soon as
/// it finds that the connection is lost, also in the middle of sending; whoever got that number next would be what is
/// waited for. Throws Unavailable when there are no more descriptors.
int duplicate_socket(const PGconn* connection);

}
