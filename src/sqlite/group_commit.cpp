#include "sqlite/group_commit.hpp"

#include "base/log.hpp"
#include "base/unavailable.hpp"

#include <algorithm>
#include <stdexcept>

#include <pthread.h>

namespace watchword::sqlite {
namespace {

/// How long the commits of other processes, which administer, may go unnoticed by caches.
constexpr std::chrono::milliseconds between_looks{250};

std::exception_ptr unavailable(const std::string& reason)
{
    return std::make_exception_ptr(Unavailable(reason));
}

}

GroupCommit::GroupCommit(const std::string& path, WriteLimits limits, const ChangeFeed& feed)
    : limits_(limits), feed_(feed), connection_(path, Connection::Access::read_write)
{
    // Checkpoints are made between batches instead of inside a COMMIT that somebody waits for.
    connection_.script("PRAGMA wal_autocheckpoint = 0");
    thread_ = std::jthread([this](const std::stop_token& stop) { loop(stop); });
    ::pthread_setname_np(thread_.native_handle(), "sqlite-writer");
}

GroupCommit::~GroupCommit()
{
    thread_.request_stop();
    thread_.join();
}

void GroupCommit::submit(std::unique_ptr<QueuedWrite> write)
{
    std::unique_lock lock(mutex_);
    if (waiting_.size() >= limits_.waiting) {
        lock.unlock();
        write->finish(unavailable("too many writes wait for the database"));
        return;
    }
    waiting_.push_back(std::move(write));
    lock.unlock();
    wake_.notify_one();
}

void GroupCommit::loop(const std::stop_token& stop)
{
    Batch batch = take_batch(stop);
    while (!batch.empty() || !stop.stop_requested()) {
        if (!batch.empty()) {
            commit(batch);
            checkpoint();
        }
        look_for_others();
        batch = take_batch(stop);
    }
}

/// Nothing where nobody has written for a while, or nothing is left when the thread is to stop.
GroupCommit::Batch GroupCommit::take_batch(const std::stop_token& stop)
{
    std::unique_lock lock(mutex_);
    wake_.wait_for(lock, stop, between_looks, [this] { return !waiting_.empty(); });
    Batch batch;
    while (!waiting_.empty() && batch.size() < limits_.batch) {
        batch.push_back(std::move(waiting_.front()));
        waiting_.pop_front();
    }
    return batch;
}

void GroupCommit::commit(const Batch& batch)
{
    std::vector<std::exception_ptr> thrown(batch.size());
    try {
        connection_.execute("BEGIN IMMEDIATE");
        std::ranges::transform(batch, thrown.begin(), [this](const auto& write) { return run_in_savepoint(*write); });
        connection_.execute("COMMIT");
        changes_.committed();
        writes_since_checkpoint_ += batch.size();
    } catch (const std::exception& failure) {
        undo();
        // A result may rest on another write of the batch, so no part of it is told.
        std::ranges::generate(thrown, [&] { return unavailable(failure.what()); });
    }
    for (std::size_t i = 0; i < batch.size(); ++i) {
        batch[i]->finish(thrown[i]);
    }
}

std::exception_ptr GroupCommit::run_in_savepoint(QueuedWrite& write)
{
    if (write.deadline.expired()) {
        return unavailable("a write waited for the database until its deadline");
    }
    std::exception_ptr thrown;
    connection_.execute("SAVEPOINT write");
    try {
        write.run(connection_);
    } catch (...) {
        thrown = std::current_exception();
    }
    if (!connection_.in_transaction()) {
        // SQLite undoes the whole transaction after some failures of the disk.
        if (thrown) {
            std::rethrow_exception(thrown);
        }
        throw std::logic_error("a write ended the transaction that it was part of");
    }
    if (thrown) {
        connection_.execute("ROLLBACK TO write");
    }
    connection_.execute("RELEASE write");
    return thrown;
}

void GroupCommit::undo()
{
    changes_.undone();
    try {
        if (connection_.in_transaction()) {
            connection_.execute("ROLLBACK");
        }
    } catch (const std::exception& failure) {
        // The next batch cannot begin, and tries this again.
        log::error("sqlite", "a failed batch of writes could not be undone", {{"reason", failure.what()}});
    }
}

void GroupCommit::look_for_others()
{
    if (std::chrono::steady_clock::now() - looked_at_ < between_looks) {
        return;
    }
    looked_at_ = std::chrono::steady_clock::now();
    try {
        changes_.look_for_others();
    } catch (const std::exception& failure) {
        log::warning("sqlite", "the database cannot be asked for changes", {{"reason", failure.what()}});
    }
}

void GroupCommit::checkpoint()
{
    if (writes_since_checkpoint_ < limits_.between_checkpoints) {
        return;
    }
    writes_since_checkpoint_ = 0;
    try {
        connection_.execute("PRAGMA wal_checkpoint(PASSIVE)");
    } catch (const std::exception& failure) {
        // Nothing is lost: all of it stays in the log, which goes on growing until this succeeds.
        log::warning("sqlite", "the write-ahead log could not be moved to the database", {{"reason", failure.what()}});
    }
}

}
