#pragma once

#include "accounts/account_store.hpp"
#include "postgres/database.hpp"

#include <memory>
#include <string_view>

namespace watchword::accounts {

std::unique_ptr<AccountStore> make_pg_account_store(postgres::Database& database);

/// Reads `columns` of the account that `email` finds (see AccountStore), for the adapters of other rooms. Where neither
/// the exact text nor the claims know the address, rows of the replaced service that have no claim yet and may be meant
/// are claimed first.
Task<std::optional<postgres::Row>> find_account_row(postgres::Database& database, std::string_view columns,
                                                    const EmailAddress& email, Deadline deadline);

/// Claims the rows without a claim that `email` may mean: those of its spelling but for ASCII case, and those whose
/// canonical form only canonical_of() can tell. Returns whether there were any.
Task<bool> claim_rows_like(postgres::Database& database, const EmailAddress& email, Deadline deadline);

/// Claims at most `limit` rows that have no claim yet, whichever they are. Returns how many there were; 0: all is done.
Task<std::size_t> claim_some(postgres::Database& database, int limit, Deadline deadline);

/// The same for those rows alone whose canonical form only canonical_of() can tell, so that no search for one of them
/// has to read many.
Task<std::size_t> claim_some_spellings(postgres::Database& database, int limit, Deadline deadline);

}
