#include "rate_limits/address_limit_http.hpp"
#include "rate_limits/rate_limiter_memory.hpp"
#include "tests/support/run_task.hpp"

#include <memory>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace watchword::rate_limits {
namespace {

using namespace std::chrono_literals;

http::Request request_from(std::string_view client)
{
    http::Request request;
    request.client = http::Address::parse(client).value();
    return request;
}

http::Request forwarded_request()
{
    auto request = request_from("192.0.2.1");
    request.headers.push_back({"x-forwarded-for", "203.0.113.7"});
    return request;
}

class AddressLimitTest : public testing::Test {
protected:
    bool take(AddressLimit& limit, std::string_view client)
    {
        return tests::run_task(limit.take(request_from(client))).has_value();
    }

    MemoryRateLimiter limiter{1'000};
    UntrustedProxyNotice notice{http::TrustedProxies()};
    AddressLimit login{limiter, notice, "login", Rates{{3, 24h}}};
    AddressLimit refresh{limiter, notice, "refresh", Rates{{3, 24h}}};
};

TEST_F(AddressLimitTest, CountsAllNotationsOfAnAddressTogether)
{
    EXPECT_TRUE(take(login, "203.0.113.7"));
    EXPECT_TRUE(take(login, "::ffff:203.0.113.7"));
    EXPECT_TRUE(take(login, "::FFFF:cb00:7107"));
    EXPECT_FALSE(take(login, "203.0.113.7"));
    EXPECT_TRUE(take(login, "203.0.113.8"));
    EXPECT_TRUE(take(login, "64:ff9b::203.0.113.7"));
}

TEST_F(AddressLimitTest, CountsA64Together)
{
    EXPECT_TRUE(take(login, "2001:db8:1:2::1"));
    EXPECT_TRUE(take(login, "2001:db8:1:2:ffff::"));
    EXPECT_TRUE(take(login, "2001:db8:1:2::203.0.113.7"));
    EXPECT_FALSE(take(login, "2001:db8:1:2::2"));
    EXPECT_TRUE(take(login, "2001:db8:1:3::2"));
    EXPECT_TRUE(take(login, "203.0.113.7"));
}

TEST_F(AddressLimitTest, CountsEachRouteClassApart)
{
    for (int i = 0; i < 3; ++i) {
        EXPECT_TRUE(take(login, "203.0.113.7"));
    }
    EXPECT_FALSE(take(login, "203.0.113.7"));
    EXPECT_TRUE(take(refresh, "203.0.113.7"));
}

TEST_F(AddressLimitTest, TellsTheSecondsToWait)
{
    for (int i = 0; i < 3; ++i) {
        take(login, "203.0.113.7");
    }
    const auto refused = tests::run_task(login.take(request_from("203.0.113.7")));
    EXPECT_EQ(refused, fail(ErrorCode::rate_limited, 8h));
}

/// What `look_at` writes when it is called once for each of these moments.
std::string logged_at(const http::TrustedProxies& proxies, const http::Request& request,
                      std::initializer_list<std::chrono::seconds> moments)
{
    auto time = std::make_shared<std::chrono::nanoseconds>();
    UntrustedProxyNotice notice(proxies, [time] { return std::chrono::steady_clock::time_point(*time); });
    testing::internal::CaptureStderr();
    for (const auto moment : moments) {
        *time = moment;
        notice.look_at(request);
    }
    return testing::internal::GetCapturedStderr();
}

TEST(UntrustedProxyNotice, SaysHowToTrustTheProxyAtMostOnceAMinute)
{
    const auto log = logged_at({}, forwarded_request(), {10s, 11s, 69s});
    EXPECT_THAT(log, testing::HasSubstr("TRUSTED_PROXIES"));
    EXPECT_THAT(log, testing::HasSubstr("192.0.2.1"));
    EXPECT_EQ(std::ranges::count(log, '\n'), 1);
    EXPECT_EQ(std::ranges::count(logged_at({}, forwarded_request(), {10s, 70s, 100s, 131s}), '\n'), 3);
}

TEST(UntrustedProxyNotice, IsSilentWhereAProxyIsTrustedOrNothingWasForwarded)
{
    EXPECT_EQ(logged_at(http::TrustedProxies::parse("10.0.0.1").value(), forwarded_request(), {10s}), "");
    EXPECT_EQ(logged_at({}, request_from("192.0.2.1"), {10s}), "");
}

}
}
