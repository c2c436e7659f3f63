#pragma once

#include "tests/support/memory_tables.hpp"
#include "verification/verification_store.hpp"

namespace watchword::tests {

inline void put_code(MemoryTables& tables, MemoryTables::User& user, const verification::IssuedCode& code)
{
    user.code = {code.mac, code.attempts, code.expires_at};
    user.code_sent_at = code.sent_at;
    tables.mailed.push_back(code.mail.recipient);
}

class MemoryVerificationStore final : public verification::VerificationStore {
public:
    explicit MemoryVerificationStore(MemoryTables& tables) : tables_(tables) {}

    Task<std::optional<verification::Candidate>> find(const accounts::EmailAddress& email, Deadline) override
    {
        const auto* user = tables_.find(email.text, email.canonical);
        if (!user) {
            co_return std::nullopt;
        }
        co_return verification::Candidate{user->account.id, user->account.email, user->account.email_verified};
    }

    Task<std::optional<Instant>> replace_code(accounts::AccountId account, const verification::IssuedCode& code,
                                              Instant not_after, Deadline) override
    {
        auto& user = tables_.users.at(account);
        if (user.code_sent_at && *user.code_sent_at > not_after) {
            co_return user.code_sent_at;
        }
        put_code(tables_, user, code);
        co_return std::nullopt;
    }

    Task<std::optional<verification::KeptCode>> consume_attempt(accounts::AccountId account, Instant now, int,
                                                                Deadline) override
    {
        const auto user = tables_.users.find(account);
        if (user == tables_.users.end() || !user->second.code) {
            co_return std::nullopt;
        }
        auto& code = *user->second.code;
        if (code.attempts_left == 0 || code.expires_at <= now) {
            co_return std::nullopt;
        }
        --code.attempts_left;
        co_return verification::KeptCode{.mac = code.mac};
    }

    Task<bool> confirm(accounts::AccountId account, const verification::KeptCode& code, Deadline) override
    {
        auto& user = tables_.users.at(account);
        if (!user.code || user.code->mac != code.mac) {
            co_return false;
        }
        user.code.reset();
        user.account.email_verified = true;
        co_return true;
    }

private:
    MemoryTables& tables_;
};

}
