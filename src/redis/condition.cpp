#include "redis/condition.hpp"

#include "base/log.hpp"

#include <utility>

namespace watchword::redis {
namespace {

constexpr std::chrono::seconds silence{10};

}

void Condition::lost(std::string_view reason)
{
    const std::lock_guard lock(mutex_);
    lost_ = true;
    const auto now = now_();
    if (was_told_ || now < silent_until_) {
        return;
    }
    was_told_ = true;
    silent_until_ = now + silence;
    log::warning("redis", "Redis cannot be used; until it can, every instance goes by its own memory",
                 {{"reason", reason}});
}

void Condition::works()
{
    if (!is_lost()) {
        return;
    }
    const std::lock_guard lock(mutex_);
    if (lost_.exchange(false) && std::exchange(was_told_, false)) {
        log::info("redis", "Redis can be used again");
    }
}

}
