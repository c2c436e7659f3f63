#pragma once

#include "base/time.hpp"
#include "runtime/deadline.hpp"
#include "runtime/task.hpp"

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

namespace watchword::mail {

/// A mail that waits. A feature stores it in the transaction that makes it necessary (`insert_into_outbox` of the
/// engine), so that there is no code without its mail and no mail without its code.
struct Entry {
    std::string recipient;             ///< readable, for whoever lists the outbox
    std::vector<unsigned char> sealed; ///< the message, see Sealer: a dump of the database shows no code
    std::string replaces; ///< e.g. `verification:42`: an undelivered entry with the same value is withdrawn
    Instant created_at;
    Instant expires_at; ///< from then on it is not delivered any more
};

/// An entry that a worker holds for itself until its lease ends. If the worker is gone by then, another takes it.
struct ClaimedEntry {
    std::int64_t id = 0;
    std::string recipient;
    std::vector<unsigned char> sealed;
    int attempts = 0; ///< that have failed so far
    Instant created_at;
    Instant due_at{};
    Instant leased_until;
};

/// Port: the table of waiting mail. Any number of workers in any number of processes share it. Each method throws
/// Unavailable when the database cannot be reached or the deadline passes.
///
/// What is reported about an entry that is gone (it was withdrawn meanwhile) or that another worker has taken over (the
/// lease ran out) changes nothing, except that a delivered entry is always removed.
class Outbox {
public:
    virtual ~Outbox() = default;

    struct Lease {
        Instant begins;
        Instant ends;
    };

    /// Takes at most `limit` entries that are due when the lease begins, have not expired and are not leased: those
    /// that have been due longest, in that order.
    virtual Task<std::vector<ClaimedEntry>> claim(Lease lease, std::size_t limit, Deadline deadline) = 0;

    /// Removes an entry that was delivered.
    virtual Task<> remove(const ClaimedEntry& entry, Deadline deadline) = 0;

    struct Retry {
        int attempts;
        Instant due_at;
        std::string reason;
    };

    /// Gives an entry back, to be claimed again once it is due.
    virtual Task<> postpone(const ClaimedEntry& entry, Retry retry, Deadline deadline) = 0;

    /// Gives an entry up: it is kept with its reason and never claimed again.
    virtual Task<> bury(const ClaimedEntry& entry, std::string reason, Deadline deadline) = 0;

    /// Removes what expired undelivered and is not leased, and what was given up and expired more than `keep_buried`
    /// ago: a few hundred of each at most, so that other writes need not wait long. Returns how many had expired
    /// undelivered; call again until that is 0.
    virtual Task<std::size_t> purge(Instant now, std::chrono::seconds keep_buried, Deadline deadline) = 0;
};

}
