#include "rate_limits/rate_limiter_memory.hpp"
#include "tests/contract/rate_limiter_contract.hpp"

#include <atomic>
#include <barrier>
#include <memory>
#include <thread>
#include <vector>

namespace watchword::tests {
namespace {

using namespace std::chrono_literals;
using rate_limits::Bucket;
using rate_limits::MemoryRateLimiter;
using rate_limits::Rates;

/// A limiter on a clock that stands still until the test moves it.
struct MemoryHarness {
    explicit MemoryHarness(std::size_t entries_max = 200'000)
        : memory(entries_max, [time = time] { return std::chrono::steady_clock::time_point(time->load()); })
    {
    }

    rate_limits::RateLimiter& limiter() { return memory; }
    void advance(std::chrono::nanoseconds by) { *time = time->load() + by; }

    Result<> take(const Bucket& bucket, const Rates& rates)
    {
        return run_task(memory.take(bucket, rates, Deadline::after(5s)));
    }

    std::shared_ptr<std::atomic<std::chrono::nanoseconds>> time =
        std::make_shared<std::atomic<std::chrono::nanoseconds>>(1h);
    MemoryRateLimiter memory;
};

INSTANTIATE_TYPED_TEST_SUITE_P(Memory, RateLimiterContract, MemoryHarness);

std::string bytes_of(std::uint32_t number)
{
    std::string bytes;
    for (int shift = 24; shift >= 0; shift -= 8) {
        bytes += static_cast<char>(number >> shift & 0xff);
    }
    return bytes;
}

TEST(MemoryRateLimiter, LetsExactlyTheCountPassOfManyThreads)
{
    constexpr int threads = 64;
    constexpr int rounds = 50;
    MemoryHarness harness;
    std::vector<std::atomic<int>> allowed(rounds);
    std::barrier together(threads);
    {
        std::vector<std::jthread> running;
        for (int i = 0; i < threads; ++i) {
            running.emplace_back([&] {
                asio::io_context context;
                for (std::uint32_t round = 0; round < rounds; ++round) {
                    together.arrive_and_wait();
                    const auto client = bytes_of(round);
                    const Rates rates{{10, 1min}, {11, 1h}};
                    if (run_task(context, harness.memory.take({"login", client}, rates, Deadline::after(5s)))) {
                        ++allowed[round];
                    }
                }
            });
        }
    }
    for (const auto& count : allowed) {
        EXPECT_EQ(count, 10);
    }
}

TEST(MemoryRateLimiter, RemembersNoMoreClientsThanItsBound)
{
    constexpr std::size_t entries_max = 1'280;
    MemoryHarness harness(entries_max);
    const Rates rates{{10, 1min}};
    for (std::uint32_t client = 0; client < 20'000; ++client) {
        harness.take({"login", bytes_of(client * 40'503)}, rates);
    }
    EXPECT_GT(harness.memory.entries(), entries_max / 2);
    EXPECT_LE(harness.memory.entries(), entries_max + 1);
}

TEST(MemoryRateLimiter, ForgetsFirstWhoseWholeCountIsAllowedAgain)
{
    MemoryHarness harness(6'400);
    const Rates rates{{1, 1min}};
    const Rates daily{{10, 24h}};
    const Bucket counted{"daily", "jane"};
    while (harness.take(counted, daily)) {
    }
    int allowed = 0;
    for (std::uint32_t client = 0; client < 10'000; ++client) {
        allowed += harness.take({"login", bytes_of(client)}, rates) ? 1 : 0;
    }
    EXPECT_LT(allowed, 6'500);
    harness.advance(1min);
    for (std::uint32_t client = 20'000; client < 23'000; ++client) {
        EXPECT_TRUE(harness.take({"login", bytes_of(client)}, rates));
    }
    EXPECT_FALSE(harness.take(counted, daily));
}

/// How many of 1000 new clients of 10.`second`.0.0/16 pass.
int allowed_of_a_16(MemoryHarness& harness, std::uint32_t second)
{
    int allowed = 0;
    for (std::uint32_t client = 0; client < 1'000; ++client) {
        const auto bytes = bytes_of(0x0A000000U + (second << 16) + client);
        allowed += harness.take({"login", bytes}, {{2, 1h}}) ? 1 : 0;
    }
    return allowed;
}

TEST(MemoryRateLimiter, CountsANewClientWithItsNeighboursWhileItIsFull)
{
    MemoryHarness harness(64 * 16);
    for (std::uint32_t client = 0; client < 5'000; ++client) {
        harness.take({"login", bytes_of(client)}, {{2, 1h}});
    }
    const auto entries = harness.memory.entries();
    EXPECT_EQ(allowed_of_a_16(harness, 1), 2);
    EXPECT_EQ(allowed_of_a_16(harness, 2), 2);
    EXPECT_EQ(allowed_of_a_16(harness, 1), 0);
    EXPECT_EQ(harness.memory.entries(), entries + 2);
    EXPECT_TRUE(harness.take({"login", "\x20\x01\x0d\xb8v6v6"}, {{2, 1h}}));
}

TEST(MemoryRateLimiter, CountsEveryoneTogetherWhereEvenNeighboursFindNoRoom)
{
    MemoryHarness harness(1);
    const auto flood = [&](std::string_view limit, const Rates& rates) {
        int allowed = 0;
        for (std::uint32_t client = 0; client < 5'000; ++client) {
            allowed += harness.take({limit, bytes_of(client * 65'537)}, rates) ? 1 : 0;
        }
        return allowed;
    };
    flood("login", {{10'000, 24h}});
    // Whether the count of everyone finds room in a part that is not full yet depends on the random hash.
    EXPECT_LE(harness.memory.entries(), 64U + 1U);
    EXPECT_EQ(flood("refresh", {{3, 24h}}), 3);
    EXPECT_LE(harness.memory.entries(), 64U + 2U);
}

TEST(MemoryRateLimiter, KeepsTheCountOfAKnownClientWhileItIsFull)
{
    MemoryHarness harness(1);
    const Rates rates{{3, 24h}};
    const Bucket known{"login", "jane"};
    EXPECT_TRUE(harness.take(known, rates));
    for (std::uint32_t client = 0; client < 5'000; ++client) {
        harness.take({"login", bytes_of(client)}, rates);
    }
    EXPECT_TRUE(harness.take(known, rates));
    EXPECT_TRUE(harness.take(known, rates));
    EXPECT_FALSE(harness.take(known, rates));
}

}
}
