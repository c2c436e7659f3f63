#include "audit/trail_pg.hpp"

#include <algorithm>
#include <iterator>

namespace watchword::audit {
namespace {

Record to_record(const postgres::Row& row)
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

class PgTrail final : public Trail {
public:
    explicit PgTrail(postgres::Database& database) : database_(database) {}

    Task<std::vector<Record>> read(std::int64_t after, std::size_t limit, std::optional<std::int64_t> user_id,
                                   Deadline deadline) override
    {
        const auto rows = co_await database_.read(
            "SELECT id, at, event, user_id, client_address, request_id, details, previous_hash, hash FROM audit "
            "WHERE id > $1::bigint AND ($3::bigint IS NULL OR user_id = $3) ORDER BY id LIMIT $2::bigint",
            deadline, after, static_cast<std::int64_t>(limit), user_id);
        std::vector<Record> records;
        std::ranges::transform(rows, std::back_inserter(records), to_record);
        co_return records;
    }

private:
    postgres::Database& database_;
};

}

std::unique_ptr<Trail> make_pg_trail(postgres::Database& database)
{
    return std::make_unique<PgTrail>(database);
}

}
