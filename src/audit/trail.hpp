#pragma once

#include "audit/event.hpp"
#include "runtime/deadline.hpp"
#include "runtime/task.hpp"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <vector>

namespace watchword::audit {

/// Port: the trail, to be read. What writes to it does so in the transaction of the change that the record tells of,
/// so the function that appends belongs to each engine.
class Trail {
public:
    virtual ~Trail() = default;

    /// At most `limit` records with an id beyond `after`, in the order of their ids, which is that in which they were
    /// written; of one account alone where it is given. Throws Unavailable.
    virtual Task<std::vector<Record>> read(std::int64_t after, std::size_t limit, std::optional<std::int64_t> user_id,
                                           Deadline deadline) = 0;
};

}
