#include "redis/condition.hpp"

#include "base/log.hpp"

namespace watchword::redis {
namespace {

constexpr std::chrono::seconds silence{10};

}

void Condition::lost(std::string_view reason)
{
    const std::lock_guard lock(mutex_);
    if (lost_.exchange(true)) {
        return;
    }
    const auto now = std::chrono::steady_clock::now();
    was_told_ = now >= silent_until_;
    if (was_told_) {
        silent_until_ = now + silence;
        log::warning("redis", "Redis cannot be used; until it can, every instance goes by its own memory",
                     {{"reason", reason}});
    }
}

void Condition::works()
{
    if (!is_lost()) {
        return;
    }
    const std::lock_guard lock(mutex_);
    if (lost_.exchange(false) && was_told_) {
        log::info("redis", "Redis can be used again");
    }
}

}
