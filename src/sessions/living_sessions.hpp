#pragma once

#include "runtime/change_feed.hpp"
#include "runtime/read_cache.hpp"
#include "sessions/session_store.hpp"

namespace watchword::sessions {

/// Which sessions live, as each request with an access token asks; kept near the I/O threads until a session ends. Only
/// living ones are kept, so a made-up sid takes no place.
class LivingSessions {
public:
    using Cache = ReadCache<std::string, accounts::AccountId>;

    /// Hears from `feed` (topic `session`) what ended. Both outlive this.
    LivingSessions(SessionStore& store, ChangeFeed& feed, Cache::Options options);

    LivingSessions(const LivingSessions&) = delete;
    LivingSessions& operator=(const LivingSessions&) = delete;

    /// Whose session it is, or nothing where it has ended or never was. An end on another instance may not have been
    /// heard of yet. Throws Unavailable when the session is not kept and the store cannot be used.
    Task<std::optional<accounts::AccountId>> account_of(const std::string& id, Deadline deadline);

    /// This instance has just ended the session, or tried to.
    void forget(const std::string& id) { cache_.forget(id); }

private:
    SessionStore& store_;
    Cache cache_;
};

}
