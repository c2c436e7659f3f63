#pragma once

#include "sessions/session_store.hpp"
#include "tests/support/memory_tables.hpp"

namespace watchword::tests {

class MemorySessionStore final : public sessions::SessionStore {
public:
    explicit MemorySessionStore(MemoryTables& tables) : tables_(tables) {}

    Task<> open(const sessions::Session& session, const sessions::Client&, Deadline) override
    {
        tables_.sessions.emplace(session.id, session);
        co_return;
    }

    Task<std::optional<sessions::Session>> find(std::string_view id, Deadline) override
    {
        const auto session = tables_.sessions.find(std::string(id));
        if (session == tables_.sessions.end()) {
            co_return std::nullopt;
        }
        co_return session->second;
    }

    Task<> touch(std::string_view id, Instant now, Deadline) override
    {
        auto& session = tables_.sessions.at(std::string(id));
        session.last_used_at = std::max(session.last_used_at, now);
        co_return;
    }

    Task<std::optional<sessions::Session>> rotate(std::string_view id, std::int64_t counter, Instant now,
                                                  Instant expires_at, Deadline) override
    {
        const auto found = tables_.sessions.find(std::string(id));
        if (found == tables_.sessions.end()) {
            co_return std::nullopt;
        }
        auto& session = found->second;
        if (session.refresh_counter == counter && !session.revoked) {
            ++session.refresh_counter;
            session.rotated_at = now;
            session.last_used_at = now;
            session.expires_at = expires_at;
        }
        co_return session;
    }

    Task<> revoke(std::string_view id, Instant, Deadline) override
    {
        const auto found = tables_.sessions.find(std::string(id));
        if (found != tables_.sessions.end()) {
            found->second.revoked = true;
        }
        co_return;
    }

    Task<std::optional<AccountState>> account_state(accounts::AccountId account, Deadline) override
    {
        const auto user = tables_.users.find(account);
        if (user == tables_.users.end()) {
            co_return std::nullopt;
        }
        co_return AccountState{user->second.tokens_not_before};
    }

    Task<> deny(const std::string& token_hash, Instant expires_at, Deadline) override
    {
        tables_.denied_tokens.emplace(token_hash, expires_at);
        co_return;
    }

    Task<bool> is_denied(const std::string& token_hash, Deadline) override
    {
        co_return tables_.denied_tokens.contains(token_hash);
    }

    Task<> sweep(Instant before, int, Deadline) override
    {
        std::erase_if(tables_.sessions, [&](const auto& entry) { return entry.second.expires_at < before; });
        std::erase_if(tables_.denied_tokens, [&](const auto& entry) { return entry.second < before; });
        co_return;
    }

private:
    MemoryTables& tables_;
};

}
