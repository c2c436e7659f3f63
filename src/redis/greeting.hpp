#pragma once

#include "redis/connection.hpp"
#include "redis/location.hpp"
#include "runtime/deadline.hpp"

/// What is said first on a new connection. Each throws Unavailable, with what the server said, when it does not go well
/// until the deadline.
namespace watchword::redis {

/// Asks, and throws where the reply is an error. `action` completes the sentence "it refuses to …".
Task<Reply> ask_or_throw(Connection& connection, Command command, std::string_view action, Deadline deadline);

/// Shows user and password, if there are any.
Task<> authenticate(Connection& connection, const Location& location, Deadline deadline);

/// Throws unless the server is a master: a replica answers, but takes no writes.
Task<> check_that_it_is_the_master(Connection& connection, Deadline deadline);

/// All that is needed before commands: logs in, chooses the database, and checks that it is the master.
Task<> greet(Connection& connection, const Location& location, Deadline deadline);

}
