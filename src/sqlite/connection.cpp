#include "sqlite/connection.hpp"

#include "base/start_refused.hpp"
#include "sqlite/database_file.hpp"
#include "sqlite/failure.hpp"

#include <filesystem>
#include <stdexcept>

#include <fmt/format.h>
#include <sqlite3.h>

namespace watchword::sqlite {
namespace {

constexpr int writer_waits_milliseconds = 2000;
constexpr int reader_waits_milliseconds = 100;

/// cache_size: KiB, for each connection. journal_size_limit: what a burst leaves behind of the write-ahead log.
/// mmap_size: none, for with it a failing disk is a SIGBUS instead of an error, and point reads were no faster.
/// secure_delete=FAST: what is deleted (codes, hashes) is overwritten where that costs no further write.
constexpr const char* settings = "PRAGMA synchronous = FULL;"
                                 "PRAGMA foreign_keys = ON;"
                                 "PRAGMA trusted_schema = OFF;"
                                 "PRAGMA cell_size_check = ON;"
                                 "PRAGMA temp_store = MEMORY;"
                                 "PRAGMA secure_delete = FAST;"
                                 "PRAGMA cache_size = -16384;"
                                 "PRAGMA mmap_size = 0;"
                                 "PRAGMA journal_size_limit = 16777216;";

/// Without it every allocation of every connection takes one lock of the process to count itself.
void count_no_memory()
{
    [[maybe_unused]] static const int once = sqlite3_config(SQLITE_CONFIG_MEMSTATUS, 0);
}

int bind(sqlite3_stmt* statement, int index, const Parameter& parameter)
{
    if (const auto* number = std::get_if<std::int64_t>(&parameter)) {
        return sqlite3_bind_int64(statement, index, *number);
    }
    if (const auto* text = std::get_if<std::string_view>(&parameter)) {
        const char* data = text->data() ? text->data() : ""; // a null pointer would bind NULL
        return sqlite3_bind_text64(statement, index, data, text->size(), SQLITE_STATIC, SQLITE_UTF8);
    }
    if (const auto* blob = std::get_if<std::span<const unsigned char>>(&parameter)) {
        const void* data = blob->data() ? static_cast<const void*>(blob->data()) : "";
        return sqlite3_bind_blob64(statement, index, data, blob->size(), SQLITE_STATIC);
    }
    return sqlite3_bind_null(statement, index);
}

Value column_value(sqlite3_stmt* statement, int column)
{
    switch (sqlite3_column_type(statement, column)) {
    case SQLITE_NULL:
        return nullptr;
    case SQLITE_INTEGER:
        return std::int64_t{sqlite3_column_int64(statement, column)};
    case SQLITE_TEXT: {
        const auto* data = reinterpret_cast<const char*>(sqlite3_column_text(statement, column));
        return std::string(data, static_cast<std::size_t>(sqlite3_column_bytes(statement, column)));
    }
    case SQLITE_BLOB: {
        const auto* data = static_cast<const unsigned char*>(sqlite3_column_blob(statement, column));
        return Blob(data, data + sqlite3_column_bytes(statement, column));
    }
    default:
        throw std::logic_error(fmt::format("`{}` answers with a REAL", sqlite3_sql(statement)));
    }
}

}

/// One run of a prepared statement. Afterwards it is reset, whatever happened, and refers to nobody's bytes.
class Connection::Run {
public:
    Run(Connection& connection, std::string_view sql, std::span<const Parameter> parameters)
        : handle_(connection.handle_.get()), statement_(connection.prepared(sql)), sql_(sql)
    {
        if (static_cast<std::size_t>(sqlite3_bind_parameter_count(statement_)) != parameters.size()) {
            throw std::logic_error(fmt::format("{} values for `{}`", parameters.size(), sql));
        }
        int index = 0;
        for (const auto& parameter : parameters) {
            const int code = bind(statement_, ++index, parameter);
            if (code != SQLITE_OK) {
                sqlite3_clear_bindings(statement_);
                throw_failure(handle_, code, sql);
            }
        }
    }

    ~Run()
    {
        sqlite3_reset(statement_);
        sqlite3_clear_bindings(statement_);
    }

    Run(const Run&) = delete;
    Run& operator=(const Run&) = delete;

    /// Whether there is a row to read.
    bool step()
    {
        const int code = sqlite3_step(statement_);
        if (code != SQLITE_ROW && code != SQLITE_DONE) {
            throw_failure(handle_, code, sql_);
        }
        return code == SQLITE_ROW;
    }

    Row row() const
    {
        const int columns = sqlite3_column_count(statement_);
        std::vector<Value> values;
        values.reserve(static_cast<std::size_t>(columns));
        for (int column = 0; column < columns; ++column) {
            values.push_back(column_value(statement_, column));
        }
        return Row(std::move(values));
    }

    std::int64_t changes() const { return sqlite3_stmt_readonly(statement_) ? 0 : sqlite3_changes64(handle_); }

private:
    sqlite3* handle_;
    sqlite3_stmt* statement_;
    std::string_view sql_;
};

void Connection::Close::operator()(sqlite3* handle) const
{
    sqlite3_close_v2(handle);
}

void Connection::Close::operator()(sqlite3_stmt* statement) const
{
    sqlite3_finalize(statement);
}

Connection::Connection(const std::string& path, Access access)
{
    count_no_memory();
    // Absolute, for "file:…", ":memory:" and "" mean other things to SQLite.
    const std::filesystem::path file = std::filesystem::absolute(path);
    const bool writes = access == Access::read_write;
    if (writes) {
        secure_database_file(file);
    }
    // The creating is done; NOMUTEX, for each connection stays with one thread.
    const int flags = (writes ? SQLITE_OPEN_READWRITE : SQLITE_OPEN_READONLY) | SQLITE_OPEN_NOMUTEX |
                      SQLITE_OPEN_PRIVATECACHE | SQLITE_OPEN_EXRESCODE;
    sqlite3* opened = nullptr;
    const int code = sqlite3_open_v2(file.c_str(), &opened, flags, nullptr);
    handle_.reset(opened);
    if (code != SQLITE_OK) {
        throw_failure(opened, code, fmt::format("open {}", file.string()));
    }
    if (writes && sqlite3_db_readonly(opened, "main") != 0) {
        throw StartRefused(fmt::format("{} cannot be written; chmod it to 600 or remount its file system", path));
    }
    sqlite3_busy_timeout(opened, writes ? writer_waits_milliseconds : reader_waits_milliseconds);
    sqlite3_db_config(opened, SQLITE_DBCONFIG_DEFENSIVE, 1, nullptr);
    // "name" is an identifier, never a text by accident.
    sqlite3_db_config(opened, SQLITE_DBCONFIG_DQS_DDL, 0, nullptr);
    sqlite3_db_config(opened, SQLITE_DBCONFIG_DQS_DML, 0, nullptr);
    script(settings);
}

std::int64_t Connection::execute_bound(std::string_view sql, std::span<const Parameter> parameters)
{
    Run run(*this, sql, parameters);
    while (run.step()) {
    }
    return run.changes();
}

std::optional<Row> Connection::row_bound(std::string_view sql, std::span<const Parameter> parameters)
{
    Run run(*this, sql, parameters);
    if (!run.step()) {
        return std::nullopt;
    }
    Row first = run.row();
    while (run.step()) {
    }
    return first;
}

std::vector<Row> Connection::rows_bound(std::string_view sql, std::span<const Parameter> parameters)
{
    Run run(*this, sql, parameters);
    std::vector<Row> all;
    while (run.step()) {
        all.push_back(run.row());
    }
    return all;
}

void Connection::script(std::string_view sql)
{
    const int code = sqlite3_exec(handle_.get(), std::string(sql).c_str(), nullptr, nullptr, nullptr);
    if (code != SQLITE_OK) {
        throw_failure(handle_.get(), code, sql.substr(0, sql.find('\n')));
    }
}

void Connection::define_function(const char* name, TextFunction function)
{
    const auto call = [](sqlite3_context* context, int, sqlite3_value** values) {
        const auto text = [&](int i) {
            return std::string(reinterpret_cast<const char*>(sqlite3_value_text(values[i])));
        };
        (*static_cast<TextFunction*>(sqlite3_user_data(context)))(text(0), text(1));
    };
    const auto destroy = [](void* owned) { delete static_cast<TextFunction*>(owned); };
    const int code = sqlite3_create_function_v2(handle_.get(), name, 2, SQLITE_UTF8 | SQLITE_INNOCUOUS,
                                                new TextFunction(std::move(function)), call, nullptr, nullptr, destroy);
    if (code != SQLITE_OK) {
        throw_failure(handle_.get(), code, name);
    }
}

std::int64_t Connection::last_insert_id() const
{
    return sqlite3_last_insert_rowid(handle_.get());
}

bool Connection::in_transaction() const
{
    return sqlite3_get_autocommit(handle_.get()) == 0;
}

sqlite3_stmt* Connection::prepared(std::string_view sql)
{
    if (const auto known = statements_.find(sql); known != statements_.end()) {
        return known->second.get();
    }
    sqlite3_stmt* statement = nullptr;
    const char* rest = nullptr;
    const int code = sqlite3_prepare_v3(handle_.get(), sql.data(), static_cast<int>(sql.size()),
                                        SQLITE_PREPARE_PERSISTENT, &statement, &rest);
    std::unique_ptr<sqlite3_stmt, Close> owned(statement);
    if (code != SQLITE_OK) {
        throw_failure(handle_.get(), code, sql);
    }
    const std::string_view after = sql.substr(static_cast<std::size_t>(rest - sql.data()));
    if (!statement || after.find_first_not_of(" \n\t;") != std::string_view::npos) {
        throw std::logic_error(fmt::format("`{}` is not one statement", sql));
    }
    return statements_.emplace(std::string(sql), std::move(owned)).first->second.get();
}

}
