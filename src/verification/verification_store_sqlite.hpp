#pragma once

#include "sqlite/database.hpp"
#include "verification/verification_store.hpp"

#include <memory>

namespace watchword::verification {

std::unique_ptr<VerificationStore> make_sqlite_verification_store(sqlite::Database& database);

/// Stores a code for an account in place of the one before, with its mail, as part of the caller's transaction.
void put_code(sqlite::Connection& connection, accounts::AccountId account, const IssuedCode& code);

}
