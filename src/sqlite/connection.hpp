#pragma once

#include "sqlite/parameter.hpp"
#include "sqlite/row.hpp"

#include <array>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

struct sqlite3;
struct sqlite3_stmt;

namespace watchword::sqlite {

/// One connection, used from one thread at a time. Statements are prepared once and kept, so their texts come from a
/// fixed set; every value is bound, never pasted into the text.
///
/// Every call throws Unavailable when SQLite cannot work now (disk full or failing, file locked longer than its bound),
/// Damaged, which is an Unavailable too, when the file is no sound database, and std::logic_error when the statement is
/// wrong: bad SQL, another number of parameters, a constraint that the statement should have kept (ON CONFLICT).
class Connection {
public:
    enum class Access {
        read_only, ///< for I/O threads: waits at most 100 ms for a lock, which readers of a WAL meet only in recoveries
        read_write ///< waits at most 2 s for another process's write
    };

    /// Opens the file with durable commits (`synchronous=FULL`), foreign keys enforced and the schema not trusted. A
    /// writer sees to the file first: it is created with mode 0600, and refused with StartRefused where it is unsafe
    /// (see database_file.hpp). The journal mode is the file's own; Database sets it to WAL.
    Connection(const std::string& path, Access access);

    Connection(const Connection&) = delete;
    Connection& operator=(const Connection&) = delete;

    /// Runs a statement to its end and returns how many rows it inserted, changed or deleted by itself (not by
    /// triggers and foreign keys).
    template <class... Args>
    std::int64_t execute(std::string_view sql, const Args&... args)
    {
        const std::array<Parameter, sizeof...(Args)> parameters{to_parameter(args)...};
        return execute_bound(sql, parameters);
    }

    /// The first row of the answer, or nothing where it is empty. The statement is run to its end.
    template <class... Args>
    std::optional<Row> row(std::string_view sql, const Args&... args)
    {
        const std::array<Parameter, sizeof...(Args)> parameters{to_parameter(args)...};
        return row_bound(sql, parameters);
    }

    /// Every row of the answer. The statement itself bounds their number.
    template <class... Args>
    std::vector<Row> rows(std::string_view sql, const Args&... args)
    {
        const std::array<Parameter, sizeof...(Args)> parameters{to_parameter(args)...};
        return rows_bound(sql, parameters);
    }

    /// Runs a text of several statements that bind nothing and answer nothing: migrations and PRAGMAs.
    void script(std::string_view sql);

    /// Makes an SQL function of two texts for statements and triggers of this connection. It answers NULL and must not
    /// throw. It is called inside of other calls, on their thread.
    using TextFunction = std::function<void(std::string, std::string)>;
    void define_function(const char* name, TextFunction function);

    /// The id of the last row inserted on this connection. An `ON CONFLICT DO NOTHING` that did nothing leaves it as it
    /// was: use RETURNING there.
    std::int64_t last_insert_id() const;

    /// Whether a transaction is open. SQLite ends one by itself after some failures of the disk.
    bool in_transaction() const;

private:
    struct Close {
        void operator()(sqlite3* handle) const;
        void operator()(sqlite3_stmt* statement) const;
    };
    struct TextHash : std::hash<std::string_view> {
        using is_transparent = void;
    };
    class Run;

    std::int64_t execute_bound(std::string_view sql, std::span<const Parameter> parameters);
    std::optional<Row> row_bound(std::string_view sql, std::span<const Parameter> parameters);
    std::vector<Row> rows_bound(std::string_view sql, std::span<const Parameter> parameters);
    sqlite3_stmt* prepared(std::string_view sql);

    std::unique_ptr<sqlite3, Close> handle_;
    std::unordered_map<std::string, std::unique_ptr<sqlite3_stmt, Close>, TextHash, std::equal_to<>> statements_;
};

}
