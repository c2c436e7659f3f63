#include "profile/profile_http.hpp"
#include "tests/support/memory_account_store.hpp"
#include "tests/support/run_task.hpp"

#include <gtest/gtest.h>

namespace watchword::profile {
namespace {

class ProfileTest : public testing::Test {
protected:
    tests::MemoryTables tables;
    tests::MemoryAccountStore accounts{tables};
    ChangeFeed feed;
    Profiles profiles{accounts, nullptr, feed, {}};

    http::Response get(accounts::AccountId caller)
    {
        http::Request request{.deadline = Deadline::after(std::chrono::seconds{5})};
        request.caller = http::Caller{caller, "sid"};
        return tests::run_task(get_profile(profiles, request));
    }
};

TEST_F(ProfileTest, ShowsTheAccountOfTheCaller)
{
    const auto id = tables.add("jane@example.com", "jane@example.com", "hash", true);
    const auto response = get(id);
    EXPECT_EQ(response.status, 200u);
    EXPECT_EQ(response.body, R"({"email":"jane@example.com","full_name":"Jane Doe","id":1,)"
                             R"("created_at":"2026-11-25T22:40:22.181424Z","is_email_verified":true})");
}

TEST_F(ProfileTest, RefusesACallerWhoseAccountIsGone)
{
    EXPECT_EQ(get(99).status, 401u);
}

}
}
