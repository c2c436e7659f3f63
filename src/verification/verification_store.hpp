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

/// A code as it is kept, to be compared with what was entered. One of the two is empty.
struct KeptCode {
    std::string mac;      ///< see OneTimeCodes
    std::string old_form; ///< a password hash of the digits, by the service that this one replaces

    bool operator==(const KeptCode&) const = default;
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

    /// Takes one attempt from the code that was sent last, in one statement, and returns it; nothing when there is no
    /// code, it has expired, or its attempts are used up. A code of the replaced service has `attempts_max` of them;
    /// ours has those that it was issued with.
    virtual Task<std::optional<KeptCode>> consume_attempt(accounts::AccountId account, Instant now, int attempts_max,
                                                          Deadline deadline) = 0;

    /// Marks the address as proven and removes the code, if it is still this one. False when another request was
    /// first.
    virtual Task<bool> confirm(accounts::AccountId account, const KeptCode& code, Deadline deadline) = 0;
};

}
