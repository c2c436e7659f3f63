#pragma once

#include "login/known_clients.hpp"
#include "tests/support/run_task.hpp"

#include <gtest/gtest.h>

namespace watchword::tests {

/// What every KnownClients must do. A harness has `store()`.
template <class Harness>
class KnownClientsContract : public testing::Test {
protected:
    Harness harness;
    const Deadline deadline = Deadline::after(std::chrono::seconds{5});
    const Instant now = from_microseconds(1'795'646'422'181'424);

    bool known(const std::string& address, const std::string& client, Instant since)
    {
        return run_task(harness.store().is_known(address, client, since, deadline));
    }
};

TYPED_TEST_SUITE_P(KnownClientsContract);

TYPED_TEST_P(KnownClientsContract, KnowsAPairSinceItsLatestLogin)
{
    using namespace std::chrono_literals;
    auto& store = this->harness.store();
    EXPECT_FALSE(this->known("jane", "home", this->now));
    run_task(store.remember("jane", "home", this->now - 24h, this->deadline));
    EXPECT_FALSE(this->known("jane", "home", this->now));
    run_task(store.remember("jane", "home", this->now, this->deadline));
    EXPECT_TRUE(this->known("jane", "home", this->now));
    EXPECT_FALSE(this->known("jane", "work", this->now));
    EXPECT_FALSE(this->known("john", "home", this->now));
}

TYPED_TEST_P(KnownClientsContract, ForgetsOldLogins)
{
    using namespace std::chrono_literals;
    auto& store = this->harness.store();
    run_task(store.remember("jane", "home", this->now, this->deadline));
    run_task(store.sweep(this->now, 100, this->deadline));
    EXPECT_TRUE(this->known("jane", "home", this->now));
    run_task(store.sweep(this->now + 1us, 100, this->deadline));
    EXPECT_FALSE(this->known("jane", "home", this->now));
}

REGISTER_TYPED_TEST_SUITE_P(KnownClientsContract, KnowsAPairSinceItsLatestLogin, ForgetsOldLogins);

}
