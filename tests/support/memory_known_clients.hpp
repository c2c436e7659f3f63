#pragma once

#include "login/known_clients.hpp"
#include "tests/support/memory_tables.hpp"

namespace watchword::tests {

class MemoryKnownClients final : public login::KnownClients {
public:
    explicit MemoryKnownClients(MemoryTables& tables) : tables_(tables) {}

    Task<bool> is_known(const std::string& address, const std::string& client, Instant since, Deadline) override
    {
        const auto entry = tables_.known_clients.find({address, client});
        co_return entry != tables_.known_clients.end() && entry->second >= since;
    }

    Task<> remember(const std::string& address, const std::string& client, Instant now, Deadline) override
    {
        tables_.known_clients[{address, client}] = now;
        co_return;
    }

    Task<> sweep(Instant before, int, Deadline) override
    {
        std::erase_if(tables_.known_clients, [&](const auto& entry) { return entry.second < before; });
        co_return;
    }

private:
    MemoryTables& tables_;
};

}
