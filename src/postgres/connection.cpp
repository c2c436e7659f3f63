#include "postgres/connection.hpp"

#include "base/unavailable.hpp"

#include <algorithm>
#include <array>
#include <stdexcept>
#include <utility>

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/posix/stream_descriptor.hpp>
#include <boost/asio/steady_timer.hpp>
#include <fmt/format.h>
#include <libpq-fe.h>

namespace watchword::postgres {
namespace {

/// What every connection needs, however the server or the role is set. Time limits of the server end what a client
/// that gave up has left behind.
constexpr std::string_view session = "SET TimeZone = 'UTC'; SET DateStyle = 'ISO'; SET bytea_output = 'hex'; "
                                     "SET statement_timeout = '30s'; SET lock_timeout = '10s'; "
                                     "SET client_min_messages = 'warning'";

struct Clear {
    void operator()(PGresult* result) const { PQclear(result); }
};
using Result = std::unique_ptr<PGresult, Clear>;

std::string one_line(std::string_view text)
{
    std::string line(text.substr(0, text.find_last_not_of(" \n") + 1));
    std::ranges::replace(line, '\n', ' ');
    return line;
}

/// Class 08, 40, 53, 55 and 57: the connection, a conflict, resources, an object in use, an operator. No code at all:
/// libpq itself. Everything else is wrong in this program.
[[noreturn]] void throw_error(const PGresult* result)
{
    const char* code = PQresultErrorField(result, PG_DIAG_SQLSTATE);
    const std::string_view state = code ? code : "";
    const std::string text = fmt::format("PostgreSQL: {} ({})", one_line(PQresultErrorMessage(result)), state);
    for (const std::string_view passing : {"", "08", "25006", "40", "53", "55", "57"}) {
        if (passing.empty() ? state.empty() : state.starts_with(passing)) {
            throw Unavailable(text);
        }
    }
    throw std::runtime_error(text);
}

Rows rows_of(const PGresult* result)
{
    Rows rows;
    const int columns = PQnfields(result);
    for (int row = 0; row < PQntuples(result); ++row) {
        std::vector<std::optional<std::string>> values;
        for (int column = 0; column < columns; ++column) {
            const auto size = static_cast<std::size_t>(PQgetlength(result, row, column));
            values.push_back(PQgetisnull(result, row, column)
                                 ? std::nullopt
                                 : std::optional(std::string(PQgetvalue(result, row, column), size)));
        }
        rows.emplace_back(std::move(values));
    }
    return rows;
}

}

std::string error_of(pg_conn* connection)
{
    return one_line(PQerrorMessage(connection));
}

Task<std::unique_ptr<Connection>> Connection::open(SecretText url, Deadline deadline)
{
    const std::array<const char*, 5> keywords{"dbname", "client_encoding", "application_name", "keepalives_idle",
                                              nullptr};
    const std::array<const char*, 5> values{url.reveal().c_str(), "UTF8", "watchword", "30", nullptr};
    std::unique_ptr<Connection> connection(new Connection(PQconnectStartParams(keywords.data(), values.data(), 1)));
    co_await connection->connect(deadline);
    co_return connection;
}

Connection::~Connection()
{
    PQfinish(connection_);
}

Task<> Connection::connect(Deadline deadline)
{
    if (!connection_ || PQstatus(connection_) == CONNECTION_BAD) {
        throw Unavailable(connection_ ? error_of(connection_) : "no memory for a connection");
    }
    PostgresPollingStatusType status = PGRES_POLLING_WRITING;
    while (status != PGRES_POLLING_OK) {
        const auto direction = status == PGRES_POLLING_READING ? Direction::read : Direction::write;
        const bool in_time = co_await ready(direction, deadline);
        if (!in_time) {
            throw Unavailable("PostgreSQL did not accept a connection in time");
        }
        status = PQconnectPoll(connection_);
        if (status == PGRES_POLLING_FAILED) {
            throw Unavailable(error_of(connection_));
        }
    }
    PQsetnonblocking(connection_, 1);
    if (PQsendQuery(connection_, std::string(session).c_str()) != 1) {
        throw Unavailable(error_of(connection_));
    }
    while (Result result{co_await next_result(deadline)}) {
        if (PQresultStatus(result.get()) != PGRES_COMMAND_OK) {
            throw_error(result.get());
        }
    }
    PQenterPipelineMode(connection_);
}

Task<bool> Connection::ready(Direction direction, Deadline deadline)
{
    // The descriptor is libpq's and may be another one the next time; it is only borrowed for this wait. Both objects
    // live in memory that the handler of the timer shares, for it may run after this wait is over.
    struct Wait {
        asio::posix::stream_descriptor socket;
        asio::steady_timer timer;
    };
    const auto executor = co_await asio::this_coro::executor;
    auto wait = std::make_shared<Wait>(asio::posix::stream_descriptor(executor, PQsocket(connection_)),
                                       asio::steady_timer(executor, deadline.at()));
    wait->timer.async_wait([wait](const auto& error) {
        if (!error && wait->socket.is_open()) {
            wait->socket.cancel();
        }
    });
    using asio::posix::descriptor_base;
    const auto [error] = co_await wait->socket.async_wait(direction == Direction::read ? descriptor_base::wait_read
                                                                                       : descriptor_base::wait_write,
                                                          asio::as_tuple(asio::use_awaitable));
    wait->timer.cancel();
    wait->socket.release();
    co_return !error;
}

void Connection::send(const std::vector<Statement>& statements)
{
    for (const auto& statement : statements) {
        std::vector<const char*> values;
        for (const auto& parameter : statement.parameters) {
            if (parameter && parameter->contains('\0')) {
                throw std::runtime_error("a text with a NUL cannot be sent to PostgreSQL");
            }
            values.push_back(parameter ? parameter->c_str() : nullptr);
        }
        if (PQsendQueryParams(connection_, statement.sql.c_str(), static_cast<int>(values.size()), nullptr,
                              values.data(), nullptr, nullptr, 0) != 1) {
            throw Unavailable(error_of(connection_));
        }
    }
    if (PQpipelineSync(connection_) != 1) {
        throw Unavailable(error_of(connection_));
    }
}

Task<pg_result*> Connection::next_result(Deadline deadline)
{
    // What is not sent yet is sent while answers come in; neither side waits for the other with full buffers.
    while (true) {
        const int unsent = PQflush(connection_);
        if (unsent < 0) {
            throw Unavailable(error_of(connection_));
        }
        if (unsent == 0 && PQisBusy(connection_) == 0) {
            co_return PQgetResult(connection_);
        }
        const bool in_time = co_await ready(unsent > 0 ? Direction::write : Direction::read, deadline);
        if (!in_time) {
            throw Unavailable("PostgreSQL did not answer in time");
        }
        if (PQconsumeInput(connection_) != 1) {
            throw Unavailable(error_of(connection_));
        }
    }
}

Task<std::vector<Rows>> Connection::run(std::vector<Statement> statements, Deadline deadline)
{
    broken_ = true; // until all answers have been read
    send(statements);
    std::vector<Rows> answers;
    Result failed;
    while (true) {
        Result result(co_await next_result(deadline));
        if (!result) {
            continue; // the end of one statement's answer
        }
        const auto status = PQresultStatus(result.get());
        if (status == PGRES_PIPELINE_SYNC) {
            break;
        }
        if (status == PGRES_TUPLES_OK || status == PGRES_COMMAND_OK) {
            answers.push_back(rows_of(result.get()));
        } else if (!failed && status != PGRES_PIPELINE_ABORTED) {
            failed = std::move(result);
        }
        if (PQstatus(connection_) == CONNECTION_BAD) {
            throw Unavailable(failed ? one_line(PQresultErrorMessage(failed.get())) : error_of(connection_));
        }
    }
    broken_ = false;
    if (failed) {
        throw_error(failed.get());
    }
    co_return answers;
}

Task<std::vector<std::string>> Connection::notifications(Deadline deadline)
{
    co_await ready(Direction::read, deadline);
    if (PQconsumeInput(connection_) != 1) {
        throw Unavailable(error_of(connection_));
    }
    std::vector<std::string> all;
    while (PGnotify* notification = PQnotifies(connection_)) {
        all.emplace_back(notification->extra);
        PQfreemem(notification);
    }
    co_return all;
}

bool Connection::usable()
{
    return !broken_ && PQconsumeInput(connection_) == 1 && PQstatus(connection_) == CONNECTION_OK;
}

}
