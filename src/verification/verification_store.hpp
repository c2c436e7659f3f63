#pragma once

#include "accounts/account.hpp"
#include "accounts/email_address.hpp"
#include "base/time.hpp"
#include "runtime/deadline.hpp"
#include "runtime/task.hpp"
#include "verification/one_time_code.hpp"

#include <optional>
#include <string>

namespace watchword::verification {

/// An account as far as the proof of its address goes.
struct Candidate {
    accounts::AccountId account = 0;
    std::string email; ///< as stored: where its mail goes, however the address was spelled in the request
    bool verified = false;
};

/// The codes that wait for proof. Each method throws Unavailable when the store cannot be used.
class VerificationStore {
public:
    virtual ~VerificationStore() = default;

    virtual Task<std::optional<Candidate>> find(const accounts::EmailAddress& email, Deadline deadline) = 0;

    /// Puts `code` in place of the one before, with the mail that carries it, unless that one was sent after
    /// `not_after`: then nothing changes and the moment at which it was sent is returned. Of any number of calls at
    /// once one succeeds.
    virtual Task<std::optional<Instant>> replace_code(accounts::AccountId account, const IssuedCode& code,
                                                      Instant not_after, Deadline deadline) = 0;

    /// Takes one attempt from the account's code, in one statement, and returns the code's MAC; nothing when there is
    /// no code, it has expired, or its attempts are used up.
    virtual Task<std::optional<std::string>> consume_attempt(accounts::AccountId account, Instant now,
                                                             Deadline deadline) = 0;

    /// Marks the address as proven and removes the code, if the code is still the one with this MAC. False when another
    /// request was first.
    virtual Task<bool> confirm(accounts::AccountId account, const std::string& mac, Deadline deadline) = 0;
};

}
