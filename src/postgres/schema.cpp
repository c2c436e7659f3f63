#include "postgres/schema.hpp"

#include "base/log.hpp"
#include "base/start_refused.hpp"
#include "postgres/embedded_migrations.hpp"
#include "postgres/failure.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <sstream>
#include <stdexcept>
#include <string>
#include <thread>

#include <fmt/format.h>

namespace watchword::postgres {
namespace {

// Of this program's migrations ('WTWD'): advisory locks are numbers that every application of a database shares.
constexpr std::int64_t lock_number = 0x57545744;

constexpr std::chrono::milliseconds pause{100};
constexpr int tries_between_notices = 100; // ten seconds

constexpr std::string_view stands_alone = "-- not in a transaction\n";

/// What a migration warns of is for the operator; remarks are not.
void tell_warning(void*, const PGresult* notice)
{
    const char* severity = PQresultErrorField(notice, PG_DIAG_SEVERITY_NONLOCALIZED);
    const char* message = PQresultErrorField(notice, PG_DIAG_MESSAGE_PRIMARY);
    if (severity && message && severity == std::string_view("WARNING")) {
        log::warning("postgres", message);
    }
}

/// A connection that waits for each answer.
class Session {
public:
    explicit Session(const ConnectionOptions& options) : handle_(connect(options))
    {
        PQsetNoticeReceiver(handle_.get(), tell_warning, nullptr);
    }

    /// Runs statements and returns the first value of the last one's answer; empty where there is none.
    std::string run(const std::string& sql)
    {
        const std::unique_ptr<PGresult, decltype(&PQclear)> result(PQexec(handle_.get(), sql.c_str()), PQclear);
        const auto status = PQresultStatus(result.get());
        if (status != PGRES_COMMAND_OK && status != PGRES_TUPLES_OK && status != PGRES_EMPTY_QUERY) {
            std::rethrow_exception(failure_of(result.get()));
        }
        const bool has_value = PQntuples(result.get()) > 0 && PQnfields(result.get()) > 0;
        return has_value ? PQgetvalue(result.get(), 0, 0) : "";
    }

private:
    Handle handle_;
};

/// Until the session ends. Whoever waits asks again instead of waiting in the statement: an index that is built beside
/// the work waits for every statement under way, and both would wait for ever.
void take_lock(Session& session)
{
    for (int tries = 1; session.run(fmt::format("SELECT pg_try_advisory_lock({})", lock_number)) != "t"; ++tries) {
        std::this_thread::sleep_for(pause);
        if (tries % tries_between_notices == 0) {
            const auto holder = session.run(fmt::format("SELECT string_agg(pid::text, ',') FROM pg_locks "
                                                        "WHERE locktype = 'advisory' AND objid = {} AND granted",
                                                        lock_number));
            log::warning("postgres", "waiting for another instance that applies migrations", {{"backend", holder}});
        }
    }
}

std::int64_t version_of(Session& session)
{
    session.run("CREATE TABLE IF NOT EXISTS watchword_migrations (version integer PRIMARY KEY, name text NOT NULL, "
                "applied_at timestamptz NOT NULL DEFAULT now())");
    return std::stoll(session.run("SELECT coalesce(max(version), 0) FROM watchword_migrations"));
}

/// Names of files are this program's own.
std::string record(std::int64_t version, std::string_view name)
{
    return fmt::format("INSERT INTO watchword_migrations (version, name) VALUES ({}, '{}')", version, name);
}

void apply_statement_by_statement(Session& session, std::string_view text)
{
    std::string statement;
    while (!text.empty()) {
        const auto end = std::min(text.find('\n'), text.size() - 1) + 1;
        const auto line = text.substr(0, end);
        text.remove_prefix(end);
        if (line.starts_with("--")) {
            continue;
        }
        statement += line;
        if (line.ends_with(";\n") || line.ends_with(';')) {
            session.run(statement);
            statement.clear();
        }
    }
}

bool builds_index(std::string_view text, const std::string& name)
{
    return std::ranges::any_of(std::array{"CONCURRENTLY ", "IF NOT EXISTS "}, [&](const std::string& before) {
        return text.find(before + name + ' ') != std::string_view::npos ||
               text.find(before + name + '\n') != std::string_view::npos;
    });
}

/// An index that was being built beside the work when its statement ended otherwise stays, and is of no use:
/// `IF NOT EXISTS` would take it for the real one.
void drop_broken_indexes(Session& session, std::string_view text)
{
    const auto names = session.run("SELECT string_agg(relname, ',') FROM pg_index JOIN pg_class ON oid = indexrelid "
                                   "WHERE NOT indisvalid AND pg_table_is_visible(oid)");
    std::istringstream all(names);
    for (std::string name; std::getline(all, name, ',');) {
        if (builds_index(text, name)) {
            session.run("DROP INDEX CONCURRENTLY " + name);
            log::warning("postgres", "dropped an index that was only half built", {{"name", name}});
        }
    }
}

void apply(Session& session, std::int64_t version, const EmbeddedText& migration)
{
    try {
        if (migration.text.starts_with(stands_alone)) {
            drop_broken_indexes(session, migration.text);
            apply_statement_by_statement(session, migration.text);
            session.run(record(version, migration.name));
        } else {
            session.run(fmt::format("BEGIN;\n{}\n;{};\nCOMMIT", migration.text, record(version, migration.name)));
        }
    } catch (const Failure& failure) {
        throw StartRefused(
            fmt::format("the migration {} was refused by {}; let the user of DATABASE_URL own the tables "
                        "and create others, or ask whoever keeps the database",
                        migration.name, failure.what()));
    }
    log::info("postgres", "applied a migration", {{"name", migration.name}});
}

/// Migrations are numbered without gaps: the n-th of the list begins with n.
std::int64_t number_of(const EmbeddedText& migration)
{
    std::int64_t number = 0;
    std::from_chars(migration.name.data(), migration.name.data() + migration.name.size(), number);
    return number;
}

}

std::int64_t schema_version()
{
    return std::ssize(embedded_migrations());
}

void establish_schema(ConnectionOptions options, std::span<const EmbeddedText> migrations)
{
    options.statement_timeout = std::chrono::milliseconds::zero();
    Session session(options);
    try {
        take_lock(session);
        const auto found = version_of(session);
        if (found > std::ssize(migrations)) {
            throw StartRefused(
                fmt::format("the database at {} has schema {}, this program knows schemas up to {}; start "
                            "the newer version that made it, or restore the backup made before the upgrade",
                            options.location.description(), found, migrations.size()));
        }
        std::int64_t version = 0;
        for (const auto& migration : migrations) {
            if (number_of(migration) != ++version) {
                throw std::logic_error(fmt::format("migration {} stands at place {}", migration.name, version));
            }
            if (found < version) {
                apply(session, version, migration);
            }
        }
    } catch (const Failure& failure) {
        throw StartRefused(
            fmt::format("the database at {} cannot be used: {}", options.location.description(), failure.what()));
    }
}

void establish_schema(const ConnectionOptions& options)
{
    establish_schema(options, embedded_migrations());
}

}
