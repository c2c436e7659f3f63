#include "sessions/living_sessions.hpp"

namespace watchword::sessions {

LivingSessions::LivingSessions(SessionStore& store, ChangeFeed& feed, Cache::Options options)
    : store_(store), cache_(options)
{
    const auto ended = [this](std::string_view id) { cache_.forget(id); };
    feed.add({"session", ended, [this] { cache_.suspend(); }, [this] { cache_.resume(); }});
}

Task<std::optional<accounts::AccountId>> LivingSessions::account_of(const std::string& id, Deadline deadline)
{
    if (const auto kept = cache_.find(id)) {
        co_return kept;
    }
    const auto ticket = cache_.ticket(id);
    const auto session = co_await store_.find(id, deadline);
    if (!session || session->revoked) {
        co_return std::nullopt;
    }
    cache_.keep(ticket, id, session->account);
    co_return session->account;
}

}
