#include "accounts/adoption_pg.hpp"

#include "accounts/account_store_pg.hpp"
#include "base/log.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

namespace watchword::accounts {
namespace {

constexpr int rows_read_at_a_time = 5000; // some ten milliseconds
constexpr int rows_claimed_at_a_time = 500;
constexpr std::size_t ids_told = 20;

/// A database whose accounts have no claim at all has just been adopted.
constexpr std::string_view is_first_start =
    "SELECT EXISTS (SELECT 1 FROM users) AND NOT EXISTS (SELECT 1 FROM email_claims)";

constexpr std::string_view has_unique_addresses =
    "SELECT EXISTS (SELECT 1 FROM pg_index WHERE indrelid = 'users'::regclass AND indisunique AND indisvalid "
    "AND indpred IS NULL AND indnkeyatts = 1 AND indkey[0] = (SELECT attnum FROM pg_attribute "
    "WHERE attrelid = 'users'::regclass AND attname = 'email'))";

/// Patterns of what crypto::PasswordHash reads.
constexpr std::string_view some_kinds_of_hashes = R"(
SELECT id, CASE
    WHEN hashed_password ~ '^\$bcrypt-sha256\$v=2,t=2b,r=([4-9]|1[0-5])\$[./A-Za-z0-9]{22}\$[./A-Za-z0-9]{31}$'
        THEN 'bcrypt_sha256'
    WHEN hashed_password ~ '^\$bcrypt-sha256\$2[ab],([4-9]|1[0-5])\$[./A-Za-z0-9]{22}\$[./A-Za-z0-9]{31}$'
        THEN 'bcrypt_sha256 version 1'
    WHEN hashed_password ~ '^\$2[aby]\$(0[4-9]|1[0-5])\$[./A-Za-z0-9]{53}$' THEN 'bcrypt'
    WHEN hashed_password ~ ('^\$argon2id\$v=19\$m=[1-9]\d{0,8},t=([1-9]|1[0-6]),p=[1-8]'
                            '\$[+/A-Za-z0-9]{11,}\$[+/A-Za-z0-9]{16,}$')
        AND substring(hashed_password FROM 'm=(\d+)')::integer <= 262144 THEN 'argon2id'
    ELSE 'unreadable' END
FROM users WHERE id > $1::bigint ORDER BY id LIMIT $2::bigint)";

constexpr std::string_view twins =
    "SELECT count(*), (array_agg(user_id))[1:20]::text FROM email_claims WHERE ambiguous";

}

Task<> put_sequence_right(postgres::Database& database, Deadline deadline)
{
    postgres::Flight flight;
    flight.add("SELECT watchword_put_sequence_right()");
    const auto answers = co_await database.write(std::move(flight), deadline);
    if (const auto moved = answers.front().front().optional_integer(0)) {
        log::warning("adoption", "users_id_seq was behind the highest id and was moved", {{"to", *moved}});
    }
}

Task<bool> Adoption::step(Deadline deadline)
{
    switch (stage_) {
    case Stage::Looking:
        co_await look(deadline);
        co_return true;
    case Stage::Counting:
        co_await count_some_hashes(deadline);
        co_return true;
    case Stage::Claiming:
        break;
    }
    co_await put_sequence_right(database_, deadline);
    const bool has_claimed = co_await claim_some_addresses(deadline);
    if (!has_claimed && has_claimed_) {
        co_await tell_twins(deadline);
    }
    has_claimed_ = has_claimed;
    co_return has_claimed;
}

Task<> Adoption::look(Deadline deadline)
{
    const auto unique = co_await database_.read(has_unique_addresses, deadline);
    if (!unique.front().flag(0)) {
        log::warning("adoption", "users.email has no unique index, so the replaced service can store an address twice: "
                                 "remove duplicates, then CREATE UNIQUE INDEX CONCURRENTLY ix_users_email ON users "
                                 "(email)");
    }
    const auto first = co_await database_.read(is_first_start, deadline);
    stage_ = first.front().flag(0) ? Stage::Counting : Stage::Claiming;
}

Task<> Adoption::count_some_hashes(Deadline deadline)
{
    const auto rows = co_await database_.read(some_kinds_of_hashes, deadline, counted_until_, rows_read_at_a_time);
    for (const auto& row : rows) {
        auto& tally = hashes_[std::string(row.text(1))];
        counted_until_ = row.integer(0);
        ++tally.accounts;
        if (tally.first.size() < ids_told) {
            tally.first.push_back(counted_until_);
        }
    }
    if (rows.empty()) {
        tell_hashes();
        stage_ = Stage::Claiming;
    }
}

void Adoption::tell_hashes() const
{
    for (const auto& [kind, tally] : hashes_) {
        if (kind == "unreadable") {
            log::warning("adoption", "accounts whose password hash cannot be read: they cannot log in",
                         {{"accounts", tally.accounts}, {"ids", fmt::format("{}", fmt::join(tally.first, ","))}});
        } else {
            log::info("adoption", "adopted accounts", {{"hash", kind}, {"accounts", tally.accounts}});
        }
    }
}

/// Those first that a search can only find by reading all of them.
Task<bool> Adoption::claim_some_addresses(Deadline deadline)
{
    auto claimed = co_await claim_some_spellings(database_, rows_claimed_at_a_time, deadline);
    if (claimed == 0) {
        claimed = co_await claim_some(database_, rows_claimed_at_a_time, deadline);
    }
    co_return claimed > 0;
}

Task<> Adoption::tell_twins(Deadline deadline)
{
    const auto found = co_await database_.read(twins, deadline);
    const auto addresses = found.front().integer(0);
    if (addresses > twins_told_) {
        twins_told_ = addresses;
        log::warning("adoption",
                     "addresses that several accounts share but for their spelling: each logs in with its exact "
                     "spelling only",
                     {{"addresses", addresses}, {"ids", found.front().text(1)}});
    }
}

}
