#pragma once

#include "accounts/account.hpp"
#include "accounts/email_address.hpp"
#include "mail/outbox.hpp"
#include "runtime/deadline.hpp"
#include "runtime/task.hpp"
#include "verification/one_time_code.hpp"

#include <optional>
#include <string>

namespace watchword::registration {

struct NewAccount {
    accounts::EmailAddress email;
    std::optional<std::string> full_name;
    std::string password_hash;
    Instant created_at;
};

/// Where accounts come into being. Each method throws Unavailable when the store cannot be used.
class RegistrationStore {
public:
    virtual ~RegistrationStore() = default;

    /// Stores the account, the claim on its canonical address, its first code and the mail with it: all or nothing.
    /// Nothing when the address, in any spelling, has an account already. Of any number of calls at once one succeeds.
    virtual Task<std::optional<accounts::Account>> create(const NewAccount& account,
                                                          const verification::IssuedCode& code, Deadline deadline) = 0;

    /// Uses up an id that no account will ever have and stores a mail: what a refused registration leaves behind where
    /// answers must not tell that the address was taken.
    virtual Task<accounts::AccountId> refuse_quietly(const mail::Entry& notice, Deadline deadline) = 0;
};

}
