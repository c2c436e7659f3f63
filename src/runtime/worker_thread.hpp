#pragma once

#include "runtime/worker_pool.hpp"

namespace watchword {

/// One thread that runs jobs in their order, for code that blocks and must not overlap.
class WorkerThread : public WorkerPool {
public:
    /// `name` is what `top -H` shows, at most 15 bytes.
    explicit WorkerThread(const char* name) : WorkerPool(name, 1) {}
};

}
