#pragma once

#include "accounts/account_existence.hpp"
#include "accounts/email_address.hpp"
#include "base/result.hpp"
#include "crypto/hash_scheduler.hpp"
#include "crypto/hmac.hpp"
#include "crypto/keys.hpp"
#include "mail/delivery.hpp"
#include "rate_limits/rates.hpp"
#include "rate_limits/security_counters.hpp"
#include "runtime/deadline.hpp"
#include "runtime/task.hpp"
#include "verification/verification_store.hpp"

#include <string>

namespace watchword::verification {

/// How often codes may be sent to one mailbox, and guessed for one address, over all of its codes.
struct VerificationLimits {
    rate_limits::Rates codes_per_mailbox;
    rate_limits::Rates failures_per_account;
};

/// Proves e-mail addresses with one-time codes.
class Verification {
public:
    Verification(VerificationStore& store, const OneTimeCodes& codes, rate_limits::SecurityCounters& counters,
                 const crypto::Keys& keys, crypto::HashScheduler& hashes, mail::Delivery& delivery, const Clock& clock,
                 VerificationLimits limits, accounts::AccountExistence existence);

    /// Sends a new code; the one before stops to work. The answer does not wait for the mail.
    ///
    /// Errors: `code_recently_sent` and `rate_limited`, with the seconds to wait; where existence is revealed also
    /// `user_not_found` and `email_already_verified`. Throws Unavailable.
    Task<Result<>> send(const accounts::EmailAddress& email, Deadline deadline);

    enum class Outcome { verified_now, verified_before };

    /// Proves the address with a code. The attempt is counted before the code is looked at.
    ///
    /// Errors: `invalid_or_expired_code`; `rate_limited` after too many wrong codes; where existence is revealed also
    /// `user_not_found`; for a code of the replaced service, which is a password hash, also `overloaded`. Throws
    /// Unavailable.
    Task<Result<Outcome>> verify(const accounts::EmailAddress& email, const std::string& digits, Deadline deadline);

    /// Counts one mail to the mailbox of `email` (without its +tag). Errors: `rate_limited`.
    Task<Result<>> reserve_mail(const accounts::EmailAddress& email, Deadline deadline);

    /// Takes back what `reserve_mail` counted, for a mail that was not sent after all.
    Task<> give_back_mail(const accounts::EmailAddress& email, Deadline deadline);

private:
    Task<Result<bool>> is_right(const accounts::EmailAddress& email, const std::string& digits, const KeptCode& kept,
                                Deadline deadline);
    rate_limits::CounterKey key_of(std::string_view purpose, std::string_view subject) const;

    VerificationStore& store_;
    const OneTimeCodes& codes_;
    rate_limits::SecurityCounters& counters_;
    crypto::HmacKey counter_key_;
    crypto::HashScheduler& hashes_;
    mail::Delivery& delivery_;
    const Clock& clock_;
    VerificationLimits limits_;
    accounts::AccountExistence existence_;
};

}
