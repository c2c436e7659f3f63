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
    std::string replaces; ///< e.g. `verification:42`: an undelivered entry with the same value is withdrawn, and one
                          ///< that was given up expires
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

/// What an operator may see of an entry: everything but the message.
struct ListedEntry {
    std::int64_t id = 0;
    std::string recipient;
    int attempts = 0;
    Instant created_at;
    Instant due_at;
    Instant expires_at;
    Instant leased_until{}; ///< a moment of the past where no worker holds it
    bool given_up = false;
    std::string last_error; ///< empty where no attempt has failed
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

    /// Ends every lease that ends at this moment: what a claim took whose answer was lost.
    virtual Task<> give_back(Instant lease_ends, Deadline deadline) = 0;

    /// Removes an entry that was delivered.
    virtual Task<> remove(const ClaimedEntry& entry, Deadline deadline) = 0;

    struct Retry {
        int attempts;
        Instant due_at;
        std::string reason;
    };

    /// Gives an entry back, to be claimed again once it is due.
    virtual Task<> postpone(const ClaimedEntry& entry, Retry retry, Deadline deadline) = 0;

    struct Burial {
        Instant at;
        std::string reason;
        int smtp_reply = 0; ///< the code of the reply that was the last straw; 0: there was none
    };

    /// Gives an entry up: it is kept with its reason and never claimed again. The audit trail tells of it, as
    /// `given_up` says, with the account that has this very address now.
    virtual Task<> bury(const ClaimedEntry& entry, Burial burial, Deadline deadline) = 0;

    /// Removes what expired undelivered and is not leased, and what was given up and expired more than `keep_buried`
    /// ago: a few hundred of each at most, so that other writes need not wait long. Returns how many had expired
    /// undelivered; call again until that is 0.
    virtual Task<std::size_t> purge(Instant now, std::chrono::seconds keep_buried, Deadline deadline) = 0;

    /// The oldest `limit` entries, whatever their state, in the order of their ids.
    virtual Task<std::vector<ListedEntry>> list(std::size_t limit, Deadline deadline) = 0;

    enum class Retried {
        due,     ///< it is delivered from now on, its attempts counted from 0
        expired, ///< nothing was changed: what the mail says holds no longer
        unknown, ///< there is no such entry
    };

    /// Makes one entry due now, whether it was given up or only waits. Whoever holds it keeps it.
    virtual Task<Retried> retry(std::int64_t id, Instant now, Deadline deadline) = 0;

    /// Makes everything that was given up and has not expired due now. Returns how many.
    virtual Task<std::size_t> retry_all(Instant now, Deadline deadline) = 0;

    /// Removes one entry, whatever its state; what a worker holds may still be sent. Returns whether there was one.
    virtual Task<bool> drop(std::int64_t id, Deadline deadline) = 0;
};

}
