#pragma once

#include "accounts/account_store.hpp"
#include "sqlite/database.hpp"

#include <memory>

namespace watchword::accounts {

std::unique_ptr<AccountStore> make_sqlite_account_store(sqlite::Database& database);

/// The id of the account that `email` finds (see AccountStore), for statements of other rooms' transactions.
std::optional<AccountId> find_account_id(sqlite::Connection& connection, const EmailAddress& email);

}
