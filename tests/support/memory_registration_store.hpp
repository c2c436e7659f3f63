#pragma once

#include "registration/registration_store.hpp"
#include "tests/support/memory_verification_store.hpp"

namespace watchword::tests {

class MemoryRegistrationStore final : public registration::RegistrationStore {
public:
    explicit MemoryRegistrationStore(MemoryTables& tables) : tables_(tables) {}

    Task<std::optional<accounts::Account>> create(const registration::NewAccount& account,
                                                  const verification::IssuedCode& code, Deadline) override
    {
        if (tables_.claims_are_ambiguous.contains(account.email.canonical)) {
            co_return std::nullopt;
        }
        const auto id = tables_.add(account.email.text, account.email.canonical, account.password_hash, false);
        auto& user = tables_.users.at(id);
        user.account.full_name = account.full_name;
        user.account.created_at = account.created_at;
        put_code(tables_, user, code);
        co_return user.account;
    }

    Task<accounts::AccountId> refuse_quietly(const mail::Entry& notice, Deadline) override
    {
        tables_.mailed.push_back(notice.recipient);
        co_return ++tables_.last_id;
    }

private:
    MemoryTables& tables_;
};

}
