#pragma once

#include "accounts/account_existence.hpp"
#include "base/result.hpp"
#include "base/secret.hpp"
#include "crypto/hash_scheduler.hpp"
#include "mail/delivery.hpp"
#include "registration/registration_store.hpp"
#include "verification/verification.hpp"

namespace watchword::registration {

struct Applicant {
    accounts::EmailAddress email;
    std::optional<std::string> full_name;
    SecretText password;
};

/// Makes accounts.
class Registration {
public:
    Registration(RegistrationStore& store, crypto::HashScheduler& hashes, const verification::OneTimeCodes& codes,
                 verification::Verification& verification, mail::Delivery& delivery, const Clock& clock,
                 accounts::AccountExistence existence);

    /// Makes an account whose address is not proven yet and sends its first code. The password is hashed before anyone
    /// looks whether the address is taken, so that the time does not tell.
    ///
    /// Errors: `rate_limited` (too many mails to this mailbox); `overloaded` (the hash queue is longer than its bound);
    /// `email_already_registered` where existence is revealed. Throws Unavailable.
    Task<Result<accounts::Account>> run(Applicant applicant, Deadline deadline);

private:
    Task<Result<accounts::Account>> refuse(const NewAccount& account, Deadline deadline);

    RegistrationStore& store_;
    crypto::HashScheduler& hashes_;
    const verification::OneTimeCodes& codes_;
    verification::Verification& verification_;
    mail::Delivery& delivery_;
    const Clock& clock_;
    accounts::AccountExistence existence_;
};

}
