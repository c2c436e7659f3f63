#include "postgres/schema.hpp"

#include "base/embedded_text.hpp"
#include "base/log.hpp"
#include "base/start_refused.hpp"
#include "postgres/connection.hpp"
#include "postgres/embedded_migrations.hpp"
#include "runtime/deadline.hpp"

#include <charconv>
#include <memory>
#include <thread>

#include <fmt/format.h>
#include <libpq-fe.h>

namespace watchword::postgres {
namespace {

constexpr std::string_view outside_of_a_transaction = "-- not in a transaction";
constexpr int oldest_server = 130'000;
constexpr std::chrono::milliseconds pause{250};

struct Finish {
    void operator()(PGconn* connection) const { PQfinish(connection); }
};
using Blocking = std::unique_ptr<PGconn, Finish>;

/// Runs SQL and returns the first column of its first row, if there is one.
std::string execute(const Blocking& connection, std::string_view sql)
{
    const std::unique_ptr<PGresult, decltype(&PQclear)> result(PQexec(connection.get(), std::string(sql).c_str()),
                                                               &PQclear);
    const auto status = PQresultStatus(result.get());
    if (status != PGRES_COMMAND_OK && status != PGRES_TUPLES_OK) {
        throw StartRefused(fmt::format("the database of DATABASE_URL cannot be prepared: {}. The role needs the right "
                                       "to create tables in its schema and, where there is one, to own `users`",
                                       error_of(connection.get())));
    }
    return PQntuples(result.get()) > 0 ? PQgetvalue(result.get(), 0, 0) : "";
}

Blocking connect(const SecretText& url, std::chrono::seconds patience)
{
    const auto deadline = Deadline::after(patience);
    bool told = false;
    while (true) {
        Blocking connection(PQconnectdb(url.reveal().c_str()));
        if (PQstatus(connection.get()) == CONNECTION_OK) {
            return connection;
        }
        const auto reason = error_of(connection.get());
        if (deadline.expired()) {
            throw StartRefused(fmt::format("the database of DATABASE_URL cannot be reached: {}. Check that the server "
                                           "runs and that host, port, name and password in DATABASE_URL are right; "
                                           "DATABASE_START_TIMEOUT_SECONDS lets a start wait longer",
                                           reason));
        }
        if (!std::exchange(told, true)) {
            log::warning("postgres", "waiting for the database", {{"reason", reason}});
        }
        std::this_thread::sleep_for(pause);
    }
}

std::int64_t number_in(std::string_view text)
{
    std::int64_t number = 0;
    std::from_chars(text.data(), text.data() + text.size(), number);
    return number;
}

/// One at a time. Asked again and again, for who waits inside a statement holds up the building of indexes.
void lock(const Blocking& connection)
{
    while (execute(connection, "SELECT pg_try_advisory_lock(5717544)") != "t") {
        std::this_thread::sleep_for(pause);
    }
}

void apply_by_statement(const Blocking& connection, std::string_view text)
{
    while (text.find_first_not_of(" \n") != std::string_view::npos) {
        const auto end = std::min(text.find(";\n"), text.size() - 1) + 1;
        execute(connection, text.substr(0, end));
        text.remove_prefix(end);
    }
}

void apply(const Blocking& connection, std::int64_t number, const EmbeddedText& migration)
{
    const auto record =
        fmt::format("INSERT INTO watchword_schema (number, name) VALUES ({}, '{}')", number, migration.name);
    if (std::string_view(migration.text).starts_with(outside_of_a_transaction)) {
        apply_by_statement(connection, migration.text);
        execute(connection, record);
    } else {
        execute(connection, "BEGIN");
        execute(connection, migration.text);
        execute(connection, record);
        execute(connection, "COMMIT");
    }
    log::info("postgres", "applied a migration", {{"name", migration.name}});
}

}

void establish_schema(const SecretText& url, std::chrono::seconds patience)
{
    const auto connection = connect(url, patience);
    if (PQserverVersion(connection.get()) < oldest_server) {
        throw StartRefused("the server of DATABASE_URL is older than PostgreSQL 13: upgrade it");
    }
    execute(connection, "SET client_min_messages = 'warning'; SET client_encoding = 'UTF8'");
    if (execute(connection, "SHOW server_encoding") != "UTF8") {
        throw StartRefused("the database of DATABASE_URL is not encoded in UTF8: create one WITH ENCODING 'UTF8'");
    }
    lock(connection);
    execute(connection, "CREATE TABLE IF NOT EXISTS watchword_schema (number integer PRIMARY KEY, name text NOT NULL, "
                        "applied_at timestamptz NOT NULL DEFAULT now())");
    const auto applied = number_in(execute(connection, "SELECT coalesce(max(number), 0) FROM watchword_schema"));
    const auto known = std::ssize(embedded_migrations());
    if (applied > known) {
        throw StartRefused(fmt::format("the database of DATABASE_URL has schema {}, this program knows schemas up to "
                                       "{}; start the newer version that wrote it, or restore a backup",
                                       applied, known));
    }
    std::int64_t number = 0;
    for (const auto& migration : embedded_migrations()) {
        if (++number > applied) {
            apply(connection, number, migration);
        }
    }
}

}
