#include "accounts/account_store_pg.hpp"

#include <algorithm>
#include <iterator>
#include <utility>
#include <vector>

#include <fmt/format.h>

namespace watchword::accounts {
namespace {

/// What the index ix_users_unclaimed_spellings holds.
constexpr std::string_view unclaimed_spellings =
    R"(NOT email_claimed AND (octet_length(email) <> char_length(email) OR email ~* '(xn--|^\s|\s$)'))";

constexpr int spellings_at_a_time = 1'000;

struct Claim {
    std::string canonical;
    AccountId id;
    std::string spelling;
};

/// In one flight, in the order of the canonical forms, so that two that claim the same rows wait for each other in
/// turn.
Task<> claim(postgres::Database& database, const postgres::Rows& rows, Deadline deadline)
{
    std::vector<Claim> claims;
    std::ranges::transform(rows, std::back_inserter(claims), [](const postgres::Row& row) {
        return Claim{canonical_of(row.text(1)), row.integer(0), row.text(1)};
    });
    std::ranges::sort(claims, {}, [](const Claim& one) { return std::pair(one.canonical, one.id); });
    postgres::Flight flight;
    for (const auto& one : claims) {
        flight.add("SELECT watchword_claim($1::integer, $2::text, $3::text)", one.id, one.spelling, one.canonical);
    }
    co_await database.write(std::move(flight), deadline);
}

Task<std::size_t> claim_found(postgres::Database& database, std::string sql, std::int64_t limit, Deadline deadline)
{
    const auto rows = co_await database.read(sql, deadline, limit);
    if (!rows.empty()) {
        co_await claim(database, rows, deadline);
    }
    co_return rows.size();
}

class PgAccountStore final : public AccountStore {
public:
    explicit PgAccountStore(postgres::Database& database) : database_(database) {}

    Task<std::optional<Account>> find(AccountId id, Deadline deadline) override
    {
        const auto rows = co_await database_.read(
            "SELECT id, email, full_name, created_at, is_email_verified FROM users WHERE id = $1::bigint", deadline,
            id);
        if (rows.empty()) {
            co_return std::nullopt;
        }
        const auto& row = rows.front();
        co_return Account{row.integer(0), row.text(1), row.optional_text(2), row.instant(3), row.flag(4)};
    }

    Task<std::optional<AccountCredentials>> find_credentials(const EmailAddress& email, Deadline deadline) override
    {
        const auto row =
            co_await find_account_row(database_, "id, hashed_password, is_email_verified", email, deadline);
        if (!row) {
            co_return std::nullopt;
        }
        co_return AccountCredentials{row->integer(0), row->text(1), row->flag(2)};
    }

    Task<> replace_password_hash(AccountId id, const std::string& expected, const std::string& replacement,
                                 Deadline deadline) override
    {
        postgres::Flight flight;
        flight.add("UPDATE users SET hashed_password = $3::text WHERE id = $1::bigint AND hashed_password = $2::text",
                   id, expected, replacement);
        co_await database_.write(std::move(flight), deadline);
    }

private:
    postgres::Database& database_;
};

/// One statement: the exact spelling first, and the claim only where there is none.
Task<std::optional<postgres::Row>> find_claimed(postgres::Database& database, std::string_view columns,
                                                const EmailAddress& email, Deadline deadline)
{
    // Typed in Unicode, an address is its own text, and the exact spelling is one.
    const std::string_view is_exact =
        email.typed ? "email IN ($1::text, $3::text) ORDER BY email = $3::text DESC LIMIT 1" : "email = $1::text";
    const auto sql =
        fmt::format("WITH exact AS (SELECT id FROM users WHERE {}), "
                    "claimed AS (SELECT user_id AS id FROM email_claims WHERE canonical = $2::text AND NOT ambiguous "
                    "            AND NOT EXISTS (SELECT 1 FROM exact)) "
                    "SELECT {} FROM users WHERE id = (SELECT id FROM exact UNION ALL SELECT id FROM claimed LIMIT 1)",
                    is_exact, columns);
    postgres::Rows rows;
    if (email.typed) {
        rows = co_await database.read(sql, deadline, email.text, email.canonical, *email.typed);
    } else {
        rows = co_await database.read(sql, deadline, email.text, email.canonical);
    }
    co_return rows.empty() ? std::nullopt : std::optional(std::move(rows.front()));
}

}

std::unique_ptr<AccountStore> make_pg_account_store(postgres::Database& database)
{
    return std::make_unique<PgAccountStore>(database);
}

Task<std::optional<postgres::Row>> find_account_row(postgres::Database& database, std::string_view columns,
                                                    const EmailAddress& email, Deadline deadline)
{
    auto row = co_await find_claimed(database, columns, email, deadline);
    if (!row && co_await claim_rows_like(database, email, deadline)) {
        row = co_await find_claimed(database, columns, email, deadline);
    }
    co_return row;
}

Task<bool> claim_rows_like(postgres::Database& database, const EmailAddress& email, Deadline deadline)
{
    static const auto sql =
        fmt::format("(SELECT id, email FROM users WHERE NOT email_claimed "
                    " AND lower(email COLLATE \"C\") = lower($1::text COLLATE \"C\") LIMIT 100) UNION "
                    "(SELECT id, email FROM users WHERE {} ORDER BY id LIMIT $2::bigint)",
                    unclaimed_spellings);
    const auto rows = co_await database.read(sql, deadline, email.canonical, std::int64_t{spellings_at_a_time});
    if (!rows.empty()) {
        co_await claim(database, rows, deadline);
    }
    co_return !rows.empty();
}

Task<std::size_t> claim_some(postgres::Database& database, int limit, Deadline deadline)
{
    co_return co_await claim_found(database, "SELECT id, email FROM users WHERE NOT email_claimed LIMIT $1::bigint",
                                   limit, deadline);
}

Task<std::size_t> claim_some_spellings(postgres::Database& database, int limit, Deadline deadline)
{
    co_return co_await claim_found(
        database, fmt::format("SELECT id, email FROM users WHERE {} LIMIT $1::bigint", unclaimed_spellings), limit,
        deadline);
}

}
