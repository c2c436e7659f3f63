#pragma once

#include "runtime/deadline.hpp"
#include "runtime/task.hpp"
#include "runtime/worker_thread.hpp"
#include "sqlite/connection.hpp"
#include "sqlite/group_commit.hpp"

#include <cstddef>
#include <memory>
#include <optional>
#include <string>
#include <type_traits>
#include <utility>
#include <vector>

namespace watchword::sqlite {

/// One database file in WAL mode with `synchronous=FULL`: a reader per I/O thread, one thread that writes. What a write
/// acknowledges is on the disk.
class Database {
public:
    static const ChangeFeed nobody_listens;

    /// Opens or creates the file, checks whose it is and applies the migrations that it lacks. Throws StartRefused with
    /// a text that says what to do (see schema.hpp). The folder must exist.
    ///
    /// `feed` is told of committed changes before their writers resume; it outlives the database.
    Database(const std::string& path, std::size_t io_threads, WriteLimits limits = {},
             const ChangeFeed& feed = nobody_listens);

    /// The reader of the I/O thread that asks. It sees what is committed; reading does not wait for the writer. Outside
    /// of the I/O threads it is the reader of the first one: use it there only while they do not run.
    Connection& reader();

    /// Runs `work(Connection&)` on the writing thread, in a SAVEPOINT of its own: when it throws, only its own changes
    /// are undone and its exception is the caller's. Writes that wait together are committed together (one sync for
    /// all); each caller resumes on its own executor after the COMMIT. `work` begins and ends no transaction and holds
    /// all that it needs by value; what it throws is a std::exception.
    ///
    /// Throws Unavailable when too many writes wait, when the deadline passes while this one waits, and when the commit
    /// fails: then nothing of it was kept. A write that has begun is not given up at the deadline.
    template <class Work>
    Task<std::invoke_result_t<Work, Connection&>> write(Work work, Deadline deadline);

private:
    GroupCommit writer_; // before the readers: the last connection that closes, a writer, clears the log away
    std::vector<std::unique_ptr<Connection>> readers_;
};

/// A QueuedWrite of any callable; `Kept` is its result in a form that can be empty.
template <class Work, class Kept, class Done>
class WriteOf final : public QueuedWrite {
public:
    WriteOf(Work work, Done done, Deadline deadline)
        : QueuedWrite(deadline), work_(std::move(work)), done_(std::move(done))
    {
    }

    void run(Connection& connection) override
    {
        if constexpr (std::is_void_v<std::invoke_result_t<Work, Connection&>>) {
            work_(connection);
        } else {
            kept_ = Kept(work_(connection));
        }
    }

    void finish(std::exception_ptr thrown) override { done_(thrown, std::move(kept_)); }

private:
    Work work_;
    Done done_;
    Kept kept_{};
};

template <class Work>
Task<std::invoke_result_t<Work, Connection&>> Database::write(Work work, Deadline deadline)
{
    using Result = std::invoke_result_t<Work, Connection&>;
    // Asio's completion needs a default-constructible value, which a result is not always.
    using Kept = std::conditional_t<std::is_void_v<Result>, bool, std::optional<Result>>;
    auto start = [this, work = std::move(work), deadline](auto done) mutable {
        using Write = WriteOf<Work, Kept, decltype(done)>;
        writer_.submit(std::make_unique<Write>(std::move(work), std::move(done), deadline));
    };
    if constexpr (std::is_void_v<Result>) {
        co_await resume_here_when<Kept>(std::move(start));
    } else {
        auto kept = co_await resume_here_when<Kept>(std::move(start));
        co_return std::move(*kept);
    }
}

}
