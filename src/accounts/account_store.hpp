#pragma once

#include "accounts/account.hpp"
#include "accounts/email_address.hpp"
#include "runtime/deadline.hpp"
#include "runtime/task.hpp"

#include <optional>
#include <string>

namespace watchword::accounts {

/// The accounts as they are. Each method throws Unavailable when the store cannot be used.
///
/// An address finds the account that is stored exactly as it was typed, or else under its text; failing that, the
/// account that owns its canonical form, unless two adopted accounts share that form: those are entered by their exact
/// spelling only.
class AccountStore {
public:
    virtual ~AccountStore() = default;

    virtual Task<std::optional<Account>> find(AccountId id, Deadline deadline) = 0;

    virtual Task<std::optional<AccountCredentials>> find_credentials(const EmailAddress& email, Deadline deadline) = 0;

    /// Replaces the password hash if it is still `expected`; does nothing otherwise, so that a rehash never undoes a
    /// change.
    virtual Task<> replace_password_hash(AccountId id, const std::string& expected, const std::string& replacement,
                                         Deadline deadline) = 0;
};

}
