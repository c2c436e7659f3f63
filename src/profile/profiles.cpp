#include "profile/profiles.hpp"

#include <charconv>

namespace watchword::profile {

Profiles::Profiles(accounts::AccountStore& accounts, SharedProfiles* shared, ChangeFeed& feed, Cache::Options options)
    : accounts_(accounts), shared_(shared), cache_(options)
{
    // The shared ones first: what is forgotten here must not come back from there.
    const auto changed = [this](std::string_view key) {
        accounts::AccountId id = 0;
        std::from_chars(key.data(), key.data() + key.size(), id);
        if (shared_) {
            shared_->forget(id);
        }
        cache_.forget(id);
    };
    const auto resumed = [this] {
        if (shared_) {
            shared_->doubt();
        }
        cache_.resume();
    };
    feed.add({"account", changed, [this] { cache_.suspend(); }, resumed});
}

Task<std::optional<accounts::Account>> Profiles::read(accounts::AccountId id, Deadline deadline)
{
    if (auto kept = cache_.find(id)) {
        co_return kept;
    }
    const auto ticket = cache_.ticket(id);
    auto account = co_await read_elsewhere(id, deadline);
    if (account) {
        cache_.keep(ticket, id, *account);
    }
    co_return account;
}

/// While changes are not heard, only the database tells the truth.
Task<std::optional<accounts::Account>> Profiles::read_elsewhere(accounts::AccountId id, Deadline deadline)
{
    if (!shared_ || cache_.is_suspended()) {
        co_return co_await accounts_.find(id, deadline);
    }
    auto found = co_await shared_->find(id, deadline);
    if (!found.account) {
        found.account = co_await accounts_.find(id, deadline);
        if (found.account && found.permit) {
            shared_->keep(*found.account, std::move(*found.permit));
        }
    }
    co_return found.account;
}

}
