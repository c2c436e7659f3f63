#include "redis/greeting.hpp"

#include "base/unavailable.hpp"

#include <algorithm>
#include <array>
#include <utility>

#include <fmt/format.h>

namespace watchword::redis {
namespace {

/// A server that does not know AUTH repeats what it was told, and that is the password: only texts that are known go
/// into the log, of others the first word.
std::string_view without_our_words(std::string_view refusal)
{
    constexpr std::array known{"WRONGPASS ", "NOPERM ", "ERR AUTH ", "ERR Client sent AUTH", "ERR invalid password"};
    const bool is_known = std::ranges::any_of(known, [&](const char* text) { return refusal.starts_with(text); });
    return is_known ? refusal : refusal.substr(0, refusal.find(' '));
}

}

Task<Reply> ask_or_throw(Connection& connection, Command command, std::string_view action, Deadline deadline)
{
    auto reply = co_await connection.ask(command, deadline.remaining());
    if (reply.kind == Reply::Kind::error) {
        throw Unavailable(fmt::format("it refuses to {}: {}", action, reply.text));
    }
    co_return reply;
}

Task<> authenticate(Connection& connection, const Location& location, Deadline deadline)
{
    if (location.password.empty()) {
        co_return;
    }
    const std::string_view password = location.password.reveal();
    // Before version 6 Redis knows no users.
    const Command command =
        location.username.empty() ? Command{"AUTH", password} : Command{"AUTH", location.username, password};
    const auto reply = co_await connection.ask(command, deadline.remaining());
    if (reply.kind == Reply::Kind::error) {
        throw Unavailable(fmt::format("it refuses to log us in: {}", without_our_words(reply.text)));
    }
}

Task<> check_that_it_is_the_master(Connection& connection, Deadline deadline)
{
    const Command command{"ROLE"};
    const auto reply = co_await connection.ask(command, deadline.remaining());
    const bool may_not_be_asked = reply.is_error("NOPERM") || reply.is_error("ERR");
    if (may_not_be_asked) {
        co_return; // then the first refused write tells
    }
    if (reply.kind == Reply::Kind::error) {
        throw Unavailable(reply.text);
    }
    if (reply.elements.empty() || reply.elements.front().text != "master") {
        throw Unavailable("it is a replica, which takes no writes");
    }
}

Task<> greet(Connection& connection, const Location& location, Deadline deadline)
{
    co_await authenticate(connection, location, deadline);
    if (location.database != 0) {
        const auto database = std::to_string(location.database);
        Command select{"SELECT", database};
        co_await ask_or_throw(connection, std::move(select), "choose the database", deadline);
    }
    co_await check_that_it_is_the_master(connection, deadline);
    const Command name{"CLIENT", "SETNAME", "watchword"};
    co_await connection.ask(name, deadline.remaining()); // for whoever looks at CLIENT LIST; may be forbidden
}

}
