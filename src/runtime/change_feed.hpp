#pragma once

#include <functional>
#include <mutex>
#include <shared_mutex>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace watchword {

/// Where a database tells of what was committed and caches hear of it. Callable from every thread. What a listener
/// is told comes on the thread of the database: it only notes it.
///
/// A topic says what a key means: `account` with an id, `session` with a sid.
class ChangeFeed {
public:
    struct Listener {
        std::string topic;
        std::function<void(std::string_view key)> changed;
        std::function<void()> interrupted; ///< from now on changes may go unheard
        std::function<void()> resumed;     ///< they are heard again; until now some may have been missed
    };

    void add(Listener listener)
    {
        const std::unique_lock lock(mutex_);
        listeners_.push_back(std::move(listener));
    }

    void changed(std::string_view topic, std::string_view key) const
    {
        for_each([&](const Listener& listener) {
            if (listener.topic == topic) {
                listener.changed(key);
            }
        });
    }

    void interrupted() const
    {
        for_each([](const Listener& listener) { listener.interrupted(); });
    }

    void resumed() const
    {
        for_each([](const Listener& listener) { listener.resumed(); });
    }

private:
    template <class Tell>
    void for_each(const Tell& tell) const
    {
        const std::shared_lock lock(mutex_);
        for (const auto& listener : listeners_) {
            tell(listener);
        }
    }

    mutable std::shared_mutex mutex_;
    std::vector<Listener> listeners_;
};

}
