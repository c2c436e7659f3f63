#pragma once

#include "crypto/password_hash.hpp"

#include <array>
#include <chrono>

namespace watchword::crypto {

/// How long hashes take at present on this machine under this load. The time of a function is proportional to its work,
/// so one rate for each is enough and serves hashes of every cost. A rate starts as a guess, which the first hash
/// replaces; afterwards it follows the last dozen, dear ones more than cheap ones. Not for several threads at once.
class HashTimes {
public:
    using Duration = std::chrono::steady_clock::duration;

    Duration expected(HashWork work) const;

    void record(HashWork work, Duration taken);

private:
    struct Recent {
        double time; ///< ns
        double units;
    };

    Recent& of(HashWork work) { return recent_[static_cast<std::size_t>(work.function)]; }
    const Recent& of(HashWork work) const { return recent_[static_cast<std::size_t>(work.function)]; }

    /// The guesses: 200 ms for bcrypt of cost 12, 40 ms for argon2id of 19 MiB and 2 passes.
    std::array<Recent, 2> recent_{Recent{48'828, 1}, Recent{1'028, 1}};
};

}
