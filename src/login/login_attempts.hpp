#pragma once

#include "accounts/email_address.hpp"
#include "base/result.hpp"
#include "base/time.hpp"
#include "crypto/hmac.hpp"
#include "crypto/keys.hpp"
#include "login/known_clients.hpp"
#include "rate_limits/rates.hpp"
#include "rate_limits/security_counters.hpp"
#include "runtime/deadline.hpp"
#include "runtime/task.hpp"
#include "sessions/session_store.hpp"

#include <string>

namespace watchword::login {

/// Counts failed logins per address, whether it has an account or not, so that guessing is slow and tells nothing.
///
/// A client that has logged in to the address within 30 days is counted apart from everyone else: whoever guesses from
/// elsewhere cannot lock the owner out.
class LoginAttempts {
public:
    LoginAttempts(rate_limits::SecurityCounters& counters, KnownClients& known_clients, const crypto::Keys& keys,
                  const Clock& clock, rate_limits::Rates failures);

    /// An attempt that counts as a failure until it is given back.
    struct Reservation {
        std::string address; ///< HMAC of the canonical address
        std::string client;  ///< HMAC of the client's network
        rate_limits::CounterKey counter;
    };

    /// Counts an attempt before the work that it causes, so that a thousand guesses at once are no more than the limit
    /// allows. Errors: `rate_limited`, with the seconds to wait.
    Task<Result<Reservation>> reserve(const accounts::EmailAddress& email, const sessions::Client& client,
                                      Deadline deadline);

    /// The password was right: the attempt no longer counts, and the client is known from now on.
    Task<> succeed(const Reservation& reservation, Deadline deadline);

    /// The attempt was never decided: it no longer counts.
    Task<> give_back(const Reservation& reservation, Deadline deadline);

private:
    std::string mac(std::string_view text) const;

    rate_limits::SecurityCounters& counters_;
    KnownClients& known_clients_;
    crypto::HmacKey key_;
    const Clock& clock_;
    rate_limits::Rates failures_;
};

}
