#include "audit/trail_sqlite.hpp"

#include "audit/chain.hpp"

#include <algorithm>
#include <iterator>

namespace watchword::audit {
namespace {

Record to_record(const sqlite::Row& row)
{
    return {
        .id = row.integer(0),
        .event = {.at = row.instant(1),
                  .name = row.text(2),
                  .user_id = row.optional_integer(3),
                  .client_address = row.text(4),
                  .request_id = row.text(5),
                  .details = row.text(6)},
        .previous_hash = row.blob(7),
        .hash = row.blob(8),
    };
}

class SqliteTrail final : public Trail {
public:
    explicit SqliteTrail(sqlite::Database& database) : database_(database) {}

    Task<std::vector<Record>> read(std::int64_t after, std::size_t limit, std::optional<std::int64_t> user_id,
                                   Deadline /*deadline*/) override
    {
        const auto rows = database_.reader().rows(
            "SELECT id, at, event, user_id, client_address, request_id, details, previous_hash, hash FROM audit "
            "WHERE id > ?1 AND (?3 IS NULL OR user_id = ?3) ORDER BY id LIMIT ?2",
            after, static_cast<std::int64_t>(limit), user_id);
        std::vector<Record> records;
        std::ranges::transform(rows, std::back_inserter(records), to_record);
        co_return records;
    }

private:
    sqlite::Database& database_;
};

}

std::unique_ptr<Trail> make_sqlite_trail(sqlite::Database& database)
{
    return std::make_unique<SqliteTrail>(database);
}

void append(sqlite::Connection& connection, const Event& event)
{
    const auto last = connection.row("SELECT hash FROM audit ORDER BY id DESC LIMIT 1");
    const crypto::Bytes previous = last ? crypto::Bytes(last->blob(0)) : hash_before_the_first;
    connection.execute(
        "INSERT INTO audit (at, event, user_id, client_address, request_id, details, previous_hash, hash) "
        "VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
        event.at, event.name, event.user_id, event.client_address, event.request_id, event.details, previous,
        hash_of(event, previous));
}

}
