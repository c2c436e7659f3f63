#pragma once

#include "accounts/account_store.hpp"
#include "profile/shared_profiles.hpp"
#include "runtime/change_feed.hpp"
#include "runtime/read_cache.hpp"

namespace watchword::profile {

/// What accounts show of themselves, kept near the I/O threads between two changes, and behind that with the other
/// instances.
class Profiles {
public:
    using Cache = ReadCache<accounts::AccountId, accounts::Account>;

    /// Hears from `feed` (topic `account`) what changed. `shared` is null where nothing is shared. All outlive this.
    Profiles(accounts::AccountStore& accounts, SharedProfiles* shared, ChangeFeed& feed, Cache::Options options);

    Profiles(const Profiles&) = delete;
    Profiles& operator=(const Profiles&) = delete;

    /// The account as it is, or was before a change that has not been heard of yet: see ChangeFeed's source for how
    /// long that can be. Throws Unavailable when it is not kept and the store cannot be used.
    Task<std::optional<accounts::Account>> read(accounts::AccountId id, Deadline deadline);

private:
    Task<std::optional<accounts::Account>> read_elsewhere(accounts::AccountId id, Deadline deadline);

    accounts::AccountStore& accounts_;
    SharedProfiles* shared_;
    Cache cache_;
};

}
