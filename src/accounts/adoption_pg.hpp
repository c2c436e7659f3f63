#pragma once

#include "postgres/database.hpp"
#include "runtime/deadline.hpp"
#include "runtime/task.hpp"

namespace watchword::accounts {

/// Brings the accounts of the service that this one replaces up to date while both serve: tells at the first start what
/// was found, puts a sequence of ids right that is behind, and claims addresses. For one task at a time.
class Adoption {
public:
    explicit Adoption(postgres::Database& database) : database_(database) {}

    /// One step, a few hundred rows at most, but for the report, which reads the table once. Returns whether there may
    /// be more to do now. Throws Unavailable.
    Task<bool> step(Deadline deadline);

private:
    Task<> report(Deadline deadline);
    Task<> put_sequence_right(Deadline deadline);

    postgres::Database& database_;
    bool looked_ = false; ///< the report was made, or there was nothing to tell
};

}
