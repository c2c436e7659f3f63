#pragma once

#include "tests/support/idle_delivery.hpp"
#include "tests/support/manual_clock.hpp"
#include "tests/support/memory_security_counters.hpp"
#include "tests/support/memory_verification_store.hpp"
#include "tests/support/run_task.hpp"
#include "verification/verification.hpp"

#include <optional>

#include <gtest/gtest.h>

namespace watchword::tests {

/// Verification over in-memory stores, and a store that remembers the code that was last issued.
class VerificationFixture : public testing::Test {
protected:
    static constexpr std::chrono::seconds patience{20};

    ManualClock clock;
    MemoryTables tables;
    MemoryVerificationStore store{tables};
    MemorySecurityCounters counters{clock};
    const crypto::Keys keys{SecretText{"0123456789abcdef0123456789abcdef"}};
    const mail::Sealer sealer{keys};
    const verification::OneTimeCodes codes{keys, sealer, {.project_name = "Watchword"}};
    crypto::HashScheduler hashes{
        {.policy = {.bcrypt_cost = 4}, .threads = 1, .longest_wait = std::chrono::seconds{10}}};
    IdleDelivery idle{sealer, clock};
    const verification::VerificationLimits limits{
        .codes_per_mailbox = {{.count = 5, .period = std::chrono::hours{1}}},
        .failures_per_account = {{.count = 10, .period = std::chrono::hours{1}}}};
    verification::Verification verification = with(accounts::AccountExistence::reveal);
    verification::Verification hiding = with(accounts::AccountExistence::hide);
    const Deadline deadline = Deadline::after(patience);

    verification::Verification with(accounts::AccountExistence existence)
    {
        return {store, codes, counters, keys, hashes, idle.delivery(), clock, limits, existence};
    }

    static accounts::EmailAddress address(const std::string& text) { return {text, text}; }
};

}
