#pragma once

#include "runtime/deadline.hpp"
#include "sqlite/changes.hpp"
#include "sqlite/connection.hpp"

#include <chrono>
#include <condition_variable>
#include <cstddef>
#include <deque>
#include <exception>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

namespace watchword::sqlite {

/// How much the writing thread takes on.
struct WriteLimits {
    /// Beyond this many waiting writes more are refused at once. Two cores and a common disk work them off in one or
    /// two seconds (2500 to 7000 writes/s measured); what waits longer would come near its request's deadline.
    std::size_t waiting = 4096;

    /// Writes in one commit. More would save no syncs worth having (the sync is a small part of a batch of this size by
    /// then) and let the first of the batch wait longer for the last.
    std::size_t batch = 256;

    /// Writes between two checkpoints. A write leaves two to ten pages of 4 KiB in the write-ahead log, so it grows to
    /// 16 MiB at most before its pages move to the database file.
    std::size_t between_checkpoints = 400;
};

/// A write that waits for its turn, its result, and whom to tell.
class QueuedWrite {
public:
    explicit QueuedWrite(Deadline at) : deadline(at) {}
    virtual ~QueuedWrite() = default;

    /// Does the work and keeps its result. On the writing thread, inside a transaction.
    virtual void run(Connection& connection) = 0;

    /// Resumes the caller with `thrown`, or with the result where that is null. Once, from any thread.
    virtual void finish(std::exception_ptr thrown) = 0;

    const Deadline deadline;
};

/// The writing thread. It takes all writes that wait, runs each in a SAVEPOINT of one transaction, commits, and only
/// then tells the callers: one sync of the disk serves the whole batch (group commit; DeWitt et al., SIGMOD 1984).
class GroupCommit {
public:
    /// Opens the database's writing connection. What is committed is told to `feed` before the callers resume.
    GroupCommit(const std::string& path, WriteLimits limits, const ChangeFeed& feed);

    /// Does what was accepted, then ends.
    ~GroupCommit();

    GroupCommit(const GroupCommit&) = delete;
    GroupCommit& operator=(const GroupCommit&) = delete;

    /// Accepts a write, or finishes it with Unavailable where too many wait. Callable from every thread.
    void submit(std::unique_ptr<QueuedWrite> write);

private:
    using Batch = std::vector<std::unique_ptr<QueuedWrite>>;

    void loop(const std::stop_token& stop);
    Batch take_batch(const std::stop_token& stop);
    void commit(const Batch& batch);
    std::exception_ptr run_in_savepoint(QueuedWrite& write);
    void undo();
    void checkpoint();
    void look_for_others();

    const WriteLimits limits_;
    const ChangeFeed& feed_;
    Connection connection_;
    Changes changes_{connection_, feed_};
    std::size_t writes_since_checkpoint_ = 0;
    std::chrono::steady_clock::time_point looked_at_{};
    std::mutex mutex_;
    std::condition_variable_any wake_;
    std::deque<std::unique_ptr<QueuedWrite>> waiting_;
    std::jthread thread_;
};

}
