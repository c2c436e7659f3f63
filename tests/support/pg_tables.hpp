#pragma once

#include "accounts/account.hpp"
#include "postgres/schema.hpp"
#include "tests/support/postgres_database.hpp"

#include <string>
#include <string_view>

#include <fmt/format.h>

namespace watchword::tests {

/// A new database with all migrations on the server that the tests share, and the means to put rows there that no
/// request makes.
struct PgTables {
    PostgresDatabase served{new_migrated_database()};
    postgres::Database& database = served.get();

    template <class... Values>
    postgres::Rows run(std::string_view sql, const Values&... values)
    {
        return served.write(sql, values...);
    }

    accounts::AccountId add(const std::string& email, const std::string& canonical, const std::string& password_hash,
                            bool verified)
    {
        const auto rows = run("INSERT INTO users (email, full_name, hashed_password, created_at, is_email_verified, "
                              "email_otp_attempts) VALUES ($1::text, 'Jane Doe', $2::text, "
                              "'2026-11-25T22:40:22.181424Z', $3::boolean, 0) RETURNING id",
                              email, password_hash, verified);
        const auto id = rows.front().integer(0);
        run("SELECT watchword_claim($1::integer, $2::text, $3::text)", id, email, canonical);
        return id;
    }

    int count(std::string_view table)
    {
        return static_cast<int>(run(fmt::format("SELECT count(*) FROM {}", table)).front().integer(0));
    }

private:
    /// A copy of one that was migrated once: a tenth of a second instead of half of one.
    static std::string new_migrated_database()
    {
        auto& server = PostgresServer::shared();
        static const std::string migrated = [&] {
            const auto url = server.new_database();
            postgres::establish_schema(PostgresDatabase::options(url));
            return url.substr(url.rfind('/') + 1);
        }();
        return server.new_database(migrated);
    }
};

}
