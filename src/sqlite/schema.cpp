#include "sqlite/schema.hpp"

#include "base/log.hpp"
#include "base/start_refused.hpp"
#include "runtime/deadline.hpp"
#include "sqlite/embedded_migrations.hpp"
#include "sqlite/failure.hpp"

#include <charconv>
#include <stdexcept>
#include <thread>

#include <fmt/format.h>

namespace watchword::sqlite {
namespace {

struct Identity {
    std::int64_t application;
    std::int64_t version;
    bool empty;
};

/// One statement, so that it sees one state of the file.
Identity identify(Connection& connection)
{
    const auto row = connection.row("SELECT (SELECT application_id FROM pragma_application_id), "
                                    "(SELECT user_version FROM pragma_user_version), "
                                    "NOT EXISTS (SELECT 1 FROM sqlite_schema)");
    return {row->integer(0), row->integer(1), row->flag(2)};
}

void recognize(Connection& connection, const std::string& path)
{
    const Identity found = identify(connection);
    const bool unused = found.empty && found.application == 0 && found.version == 0;
    if (found.application != application_id && !unused) {
        throw StartRefused(fmt::format("{} is the database of another application (application_id {}); name another "
                                       "file with DATABASE_URL or DATA_DIR",
                                       path, found.application));
    }
    if (found.version > schema_version()) {
        throw StartRefused(fmt::format("{} has schema {}, this program knows schemas up to {}; start the newer version "
                                       "that wrote it, or restore the backup made before the upgrade",
                                       path, found.version, schema_version()));
    }
}

/// The journal mode that the file has then. Where two processes switch a new file at the same time, each waits for the
/// other's lock; SQLite sees that and gives up at once, so this tries again for a while.
std::string switch_to_write_ahead_log(Connection& connection)
{
    const auto deadline = Deadline::after(std::chrono::seconds{2});
    while (true) {
        try {
            return connection.row("PRAGMA journal_mode = WAL")->text(0);
        } catch (const Locked&) {
            if (deadline.expired()) {
                throw;
            }
        }
        std::this_thread::sleep_for(std::chrono::milliseconds{10});
    }
}

void use_write_ahead_log(Connection& connection, const std::string& path)
{
    if (switch_to_write_ahead_log(connection) != "wal") {
        throw StartRefused(fmt::format("the file system of {} cannot share memory between processes, which a "
                                       "write-ahead log needs; put DATA_DIR on a local disk",
                                       path));
    }
}

void apply(Connection& connection, std::int64_t version, const EmbeddedText& migration)
{
    connection.script("BEGIN IMMEDIATE");
    try {
        // Asked again under the write lock: another process may have been quicker.
        if (identify(connection).version < version) {
            connection.script(migration.text);
            connection.script(
                fmt::format("PRAGMA application_id = {}; PRAGMA user_version = {}", application_id, version));
            log::info("sqlite", "applied a migration", {{"name", migration.name}});
        }
        connection.script("COMMIT");
    } catch (...) {
        if (connection.in_transaction()) {
            connection.script("ROLLBACK");
        }
        throw;
    }
}

/// Migrations are numbered without gaps: the n-th of the list begins with n.
std::int64_t number_of(const EmbeddedText& migration)
{
    std::int64_t number = 0;
    std::from_chars(migration.name.data(), migration.name.data() + migration.name.size(), number);
    return number;
}

void migrate(Connection& connection, const std::string& path)
{
    std::int64_t version = 0;
    for (const auto& migration : embedded_migrations()) {
        ++version;
        if (number_of(migration) != version) {
            throw std::logic_error(fmt::format("migration {} stands at place {}", migration.name, version));
        }
        if (identify(connection).version < version) {
            apply(connection, version, migration);
        }
    }
    recognize(connection, path);
}

}

std::int64_t schema_version()
{
    return std::ssize(embedded_migrations());
}

void establish_schema(const std::string& path)
{
    try {
        Connection connection(path, Connection::Access::read_write);
        recognize(connection, path);
        use_write_ahead_log(connection, path);
        migrate(connection, path);
    } catch (const Damaged& damaged) {
        throw StartRefused(fmt::format("{} is no sound SQLite database; keep a copy of it and restore a backup ({})",
                                       path, damaged.what()));
    }
}

}
