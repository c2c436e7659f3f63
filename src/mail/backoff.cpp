#include "mail/backoff.hpp"

#include <algorithm>
#include <array>
#include <span>

namespace watchword::mail {
namespace {

using namespace std::chrono_literals;
using std::chrono::milliseconds;

constexpr std::array<milliseconds, 7> retry_steps{1s, 5s, 30s, 2min, 10min, 30min, 1h};
constexpr std::array<milliseconds, 5> reconnect_steps{1s, 2s, 4s, 8s, 15s};

milliseconds stretched(std::span<const milliseconds> steps, int count, double jitter)
{
    const auto index = std::min(static_cast<std::size_t>(std::max(count, 1) - 1), steps.size() - 1);
    return std::chrono::duration_cast<milliseconds>(steps[index] * (1.0 + jitter / 4));
}

}

milliseconds backoff(int attempts, double jitter)
{
    return stretched(retry_steps, attempts, jitter);
}

milliseconds reconnect_delay(int losses, double jitter)
{
    return stretched(reconnect_steps, losses, jitter);
}

}
