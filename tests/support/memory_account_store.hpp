#pragma once

#include "accounts/account_store.hpp"
#include "tests/support/memory_tables.hpp"

namespace watchword::tests {

class MemoryAccountStore final : public accounts::AccountStore {
public:
    explicit MemoryAccountStore(MemoryTables& tables) : tables_(tables) {}

    Task<std::optional<accounts::Account>> find(accounts::AccountId id, Deadline) override
    {
        const auto user = tables_.users.find(id);
        if (user == tables_.users.end()) {
            co_return std::nullopt;
        }
        co_return user->second.account;
    }

    Task<std::optional<accounts::AccountCredentials>> find_credentials(const accounts::EmailAddress& email,
                                                                       Deadline) override
    {
        const auto* user = tables_.find(email.text, email.canonical);
        if (!user) {
            co_return std::nullopt;
        }
        co_return accounts::AccountCredentials{user->account.id, user->password_hash, user->account.email_verified};
    }

    Task<> replace_password_hash(accounts::AccountId id, const std::string& expected, const std::string& replacement,
                                 Deadline) override
    {
        auto& user = tables_.users.at(id);
        if (user.password_hash == expected) {
            user.password_hash = replacement;
        }
        co_return;
    }

private:
    MemoryTables& tables_;
};

}
