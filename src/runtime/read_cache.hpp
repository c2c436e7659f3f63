#pragma once

#include <array>
#include <atomic>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <list>
#include <mutex>
#include <optional>
#include <string_view>
#include <type_traits>
#include <unordered_map>
#include <utility>

namespace watchword {

/// What was read from the database lately, for all I/O threads. A value is given back until somebody says that it may
/// have changed (`forget`), until it is too old, or until newer ones need its place.
///
/// A read that was under way while its key was forgotten may have seen the row as it was before, so its result is not
/// kept: take a ticket, read, then `keep` with the ticket.
///
/// While nobody can tell of changes the cache is suspended: it gives nothing back and keeps nothing.
template <class Key, class Value>
class ReadCache {
public:
    struct Options {
        std::size_t entries_max;       ///< 0: nothing is kept
        std::chrono::seconds lifetime; ///< of a value, whatever is heard about it
    };

    explicit ReadCache(Options options) : options_(options) {}

    class Ticket {
        friend ReadCache;
        std::uint64_t changes = 0;
    };

    template <class K>
    std::optional<Value> find(const K& key)
    {
        if (is_suspended()) {
            return std::nullopt;
        }
        Part& part = part_of(key);
        const std::lock_guard lock(part.mutex);
        const auto found = part.places.find(key);
        if (found == part.places.end() || found->second->until <= Steady::now()) {
            return std::nullopt;
        }
        return found->second->value;
    }

    /// To be taken before the read begins.
    template <class K>
    Ticket ticket(const K& key)
    {
        Part& part = part_of(key);
        const std::lock_guard lock(part.mutex);
        Ticket ticket;
        ticket.changes = part.changes;
        return ticket;
    }

    void keep(Ticket ticket, const Key& key, Value value)
    {
        Part& part = part_of(key);
        const std::lock_guard lock(part.mutex);
        if (suspended_ || ticket.changes != part.changes || entries_max_of_part() == 0) {
            return;
        }
        part.remove(key);
        if (part.entries.size() >= entries_max_of_part()) {
            part.remove(part.entries.front().key);
        }
        part.entries.push_back({key, std::move(value), Steady::now() + options_.lifetime});
        part.places.emplace(key, std::prev(part.entries.end()));
    }

    template <class K>
    void forget(const K& key)
    {
        Part& part = part_of(key);
        const std::lock_guard lock(part.mutex);
        ++part.changes;
        part.remove(key);
    }

    void forget_all()
    {
        for (Part& part : parts_) {
            const std::lock_guard lock(part.mutex);
            ++part.changes;
            part.places.clear();
            part.entries.clear();
        }
    }

    bool is_suspended() const { return suspended_.load(std::memory_order_acquire); }

    /// From now on changes may go unheard.
    void suspend()
    {
        suspended_ = true;
        forget_all();
    }

    /// Changes are heard again from now on.
    void resume()
    {
        forget_all(); // a read that began before must not be kept
        suspended_ = false;
    }

private:
    using Steady = std::chrono::steady_clock;

    struct Entry {
        Key key;
        Value value;
        Steady::time_point until;
    };

    struct Hash {
        using is_transparent = void;
        template <class K>
        std::size_t operator()(const K& key) const
        {
            if constexpr (std::is_convertible_v<K, std::string_view>) {
                return std::hash<std::string_view>()(key);
            } else {
                return std::hash<K>()(key);
            }
        }
    };

    /// A share of the keys with a lock of its own, so that threads seldom meet.
    struct Part {
        std::mutex mutex;
        std::uint64_t changes = 0;
        std::list<Entry> entries; // the one that was kept longest first
        std::unordered_map<Key, typename std::list<Entry>::iterator, Hash, std::equal_to<>> places;

        template <class K>
        void remove(const K& key)
        {
            if (const auto found = places.find(key); found != places.end()) {
                const auto entry = found->second;
                places.erase(found);
                entries.erase(entry);
            }
        }
    };

    static constexpr std::size_t parts_count = 64;

    std::size_t entries_max_of_part() const { return (options_.entries_max + parts_count - 1) / parts_count; }

    template <class K>
    Part& part_of(const K& key)
    {
        // Of the hash of small integers, which is the integer, the low bits spread well; those of texts do too.
        return parts_[Hash()(key) % parts_count];
    }

    const Options options_;
    std::atomic<bool> suspended_ = false;
    std::array<Part, parts_count> parts_;
};

}
