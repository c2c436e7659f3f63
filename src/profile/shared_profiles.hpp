#pragma once

#include "accounts/account.hpp"
#include "runtime/deadline.hpp"
#include "runtime/task.hpp"

#include <chrono>
#include <optional>
#include <string>

namespace watchword::profile {

/// Profiles that one instance has read and others need not read again: what stands between an instance's own memory and
/// the database. It may lose anything at any time, and is never believed more than the instance has heard of changes.
class SharedProfiles {
public:
    /// That a profile, read from the database from now on, may be kept.
    struct Permit {
        std::string generation; ///< of what was kept when it was given
        std::chrono::steady_clock::time_point given_at;
    };

    struct Found {
        std::optional<accounts::Account> account;
        std::optional<Permit> permit; ///< nothing where none can be kept now
    };

    virtual ~SharedProfiles() = default;

    /// Never throws: what cannot be asked has nothing.
    virtual Task<Found> find(accounts::AccountId id, Deadline deadline) = 0;

    /// Keeps what was read since the permit was given, unless the account changed meanwhile. Does not wait.
    virtual void keep(const accounts::Account& account, Permit permit) = 0;

    /// The account has changed. Once this has returned, `find` gives nothing here that is older, and a moment later
    /// nowhere. From every thread; does not wait.
    virtual void forget(accounts::AccountId id) = 0;

    /// Changes may have gone unheard here. Once this has returned, `find` gives nothing here that was kept before.
    /// From every thread; does not wait.
    virtual void doubt() = 0;
};

}
