#pragma once

#include "accounts/account.hpp"
#include "postgres/database.hpp"
#include "runtime/deadline.hpp"
#include "runtime/task.hpp"

#include <cstdint>
#include <map>
#include <string>
#include <vector>

namespace watchword::accounts {

/// Moves the sequence of ids behind the highest one where rows were copied with their ids, and logs that it did. One
/// statement, cheap where nothing is wrong. Throws Unavailable.
Task<> put_sequence_right(postgres::Database& database, Deadline deadline);

/// Brings the accounts of the service that this one replaces up to date while both serve: tells at the first start what
/// was found, puts a sequence of ids right that is behind, and claims addresses. For one task at a time.
class Adoption {
public:
    explicit Adoption(postgres::Database& database) : database_(database) {}

    /// One step: some thousand rows that are read, or some hundred that are changed, so that no request waits behind
    /// it, however many there are. Returns whether there may be more to do now. Throws Unavailable.
    Task<bool> step(Deadline deadline);

private:
    enum class Stage { Looking, Counting, Claiming };
    struct Tally {
        std::int64_t accounts = 0;
        std::vector<AccountId> first; ///< some of them
    };

    Task<> look(Deadline deadline);
    Task<> count_some_hashes(Deadline deadline);
    void tell_hashes() const;
    Task<bool> claim_some_addresses(Deadline deadline);
    Task<> tell_twins(Deadline deadline);

    postgres::Database& database_;
    Stage stage_ = Stage::Looking;
    AccountId counted_until_ = 0;
    std::map<std::string, Tally> hashes_; ///< by kind
    bool has_claimed_ = false;
    std::int64_t twins_told_ = 0;
};

}
