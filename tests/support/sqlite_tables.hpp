#pragma once

#include "accounts/account.hpp"
#include "sqlite/database.hpp"
#include "tests/support/run_task.hpp"
#include "tests/support/temporary_folder.hpp"

#include <string>

namespace watchword::tests {

/// A new SQLite database in a folder of its own, with the means to put rows there that no request makes.
struct SqliteTables {
    TemporaryFolder folder;
    ChangeFeed feed;
    sqlite::Database database{(folder.path() / "watchword.db").string(), 1, {}, feed};

    accounts::AccountId add(const std::string& email, const std::string& canonical, const std::string& password_hash,
                            bool verified)
    {
        auto insert = [=](sqlite::Connection& connection) {
            connection.execute("INSERT INTO users (email, full_name, hashed_password, created_at, is_email_verified) "
                               "VALUES (?1, 'Jane Doe', ?2, 1795646422181424, ?3)",
                               email, password_hash, verified);
            const auto id = connection.last_insert_id();
            connection.execute("INSERT INTO email_claims (canonical, user_id) VALUES (?1, ?2) "
                               "ON CONFLICT (canonical) DO UPDATE SET ambiguous = 1",
                               canonical, id);
            return id;
        };
        return run_task(database.write(std::move(insert), Deadline::after(std::chrono::seconds{5})));
    }
};

}
