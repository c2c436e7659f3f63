#include "profile/profiles.hpp"

#include <charconv>

namespace watchword::profile {

Profiles::Profiles(accounts::AccountStore& accounts, ChangeFeed& feed, Cache::Options options)
    : accounts_(accounts), cache_(options)
{
    const auto changed = [this](std::string_view key) {
        accounts::AccountId id = 0;
        std::from_chars(key.data(), key.data() + key.size(), id);
        cache_.forget(id);
    };
    feed.add({"account", changed, [this] { cache_.suspend(); }, [this] { cache_.resume(); }});
}

Task<std::optional<accounts::Account>> Profiles::read(accounts::AccountId id, Deadline deadline)
{
    if (auto kept = cache_.find(id)) {
        co_return kept;
    }
    const auto ticket = cache_.ticket(id);
    auto account = co_await accounts_.find(id, deadline);
    if (account) {
        cache_.keep(ticket, id, *account);
    }
    co_return account;
}

}
