#include "accounts/adoption_pg.hpp"

#include "accounts/account_store_pg.hpp"
#include "base/log.hpp"

namespace watchword::accounts {
namespace {

constexpr int rows_at_a_time = 500;

/// A database whose accounts have no claim at all has just been adopted.
constexpr std::string_view is_first_start =
    "SELECT EXISTS (SELECT 1 FROM users) AND NOT EXISTS (SELECT 1 FROM email_claims)";

constexpr std::string_view has_unique_addresses =
    "SELECT EXISTS (SELECT 1 FROM pg_index WHERE indrelid = 'users'::regclass AND indisunique AND indisvalid "
    "AND indpred IS NULL AND indnkeyatts = 1 AND indkey[0] = (SELECT attnum FROM pg_attribute "
    "WHERE attrelid = 'users'::regclass AND attname = 'email'))";

/// Patterns of what crypto::PasswordHash reads.
constexpr std::string_view kinds_of_hashes = R"(
SELECT kind, count(*), (array_agg(id::text ORDER BY id))[1:20]::text FROM (
    SELECT id, CASE
        WHEN hashed_password ~ '^\$bcrypt-sha256\$v=2,t=2b,r=\d{1,2}\$[./A-Za-z0-9]{22}\$[./A-Za-z0-9]{31}$'
            THEN 'bcrypt_sha256'
        WHEN hashed_password ~ '^\$bcrypt-sha256\$2[ab],\d{1,2}\$[./A-Za-z0-9]{22}\$[./A-Za-z0-9]{31}$'
            THEN 'bcrypt_sha256 version 1'
        WHEN hashed_password ~ '^\$2[aby]\$\d\d\$[./A-Za-z0-9]{53}$' THEN 'bcrypt'
        WHEN hashed_password ~ '^\$argon2id\$v=19\$' THEN 'argon2id'
        ELSE 'unreadable' END AS kind
    FROM users) AS rows GROUP BY kind ORDER BY kind)";

constexpr std::string_view twins =
    "SELECT count(*), (array_agg(id))[1:20]::text FROM "
    "(SELECT min(id)::text AS id FROM users GROUP BY lower(email) HAVING count(*) > 1) AS found";

}

Task<bool> Adoption::step(Deadline deadline)
{
    if (!looked_) {
        co_await report(deadline);
        looked_ = true;
    }
    co_await put_sequence_right(deadline);
    // Those first that a search can only find by reading all of them.
    auto claimed = co_await claim_some_spellings(database_, rows_at_a_time, deadline);
    if (claimed == 0) {
        claimed = co_await claim_some(database_, rows_at_a_time, deadline);
    }
    co_return claimed > 0;
}

Task<> Adoption::report(Deadline deadline)
{
    const auto unique = co_await database_.read(has_unique_addresses, deadline);
    if (!unique.front().flag(0)) {
        log::warning("adoption", "users.email has no unique index, so the replaced service can store an address twice: "
                                 "remove duplicates, then CREATE UNIQUE INDEX CONCURRENTLY ix_users_email ON users "
                                 "(email)");
    }
    const auto first = co_await database_.read(is_first_start, deadline);
    if (!first.front().flag(0)) {
        co_return;
    }
    const auto kinds = co_await database_.read(kinds_of_hashes, deadline);
    for (const auto& row : kinds) {
        if (row.text(0) == "unreadable") {
            log::warning("adoption", "accounts whose password hash cannot be read: they cannot log in",
                         {{"accounts", row.integer(1)}, {"ids", row.text(2)}});
        } else {
            log::info("adoption", "adopted accounts", {{"hash", row.text(0)}, {"accounts", row.integer(1)}});
        }
    }
    const auto shared = co_await database_.read(twins, deadline);
    if (shared.front().integer(0) > 0) {
        log::warning("adoption",
                     "addresses that several accounts share but for case: each logs in with its exact "
                     "spelling only",
                     {{"addresses", shared.front().integer(0)}, {"ids", shared.front().text(1)}});
    }
}

Task<> Adoption::put_sequence_right(Deadline deadline)
{
    postgres::Flight flight;
    flight.add("SELECT watchword_put_sequence_right()");
    const auto answers = co_await database_.write(std::move(flight), deadline);
    if (const auto moved = answers.front().front().optional_integer(0)) {
        log::warning("adoption", "users_id_seq was behind the highest id and was moved", {{"to", *moved}});
    }
}

}
