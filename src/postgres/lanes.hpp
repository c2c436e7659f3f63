#pragma once

#include "postgres/connection.hpp"
#include "runtime/task.hpp"
#include "runtime/task_group.hpp"
#include "runtime/worker_pool.hpp"

#include <atomic>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include <boost/asio/io_context.hpp>
#include <boost/asio/posix/stream_descriptor.hpp>
#include <boost/asio/steady_timer.hpp>

namespace watchword::postgres {

struct LaneOptions {
    std::size_t kept;                  ///< connections that stay
    std::size_t extra;                 ///< more of them while there is much to do
    std::size_t depth;                 ///< flights under way on each
    std::size_t waiting_max;           ///< flights that wait for a connection
    std::chrono::seconds waiting_time; ///< how long one may wait
    std::chrono::seconds recycle;      ///< an idle connection older than this is replaced; 0: never
};

/// What the lanes of all threads tell each other of their server.
struct ServerNews {
    /// How often it was left because it was silent or took no writes: whatever was connected before is not used again.
    std::atomic<std::uint64_t> left = 0;

    /// How often it was found again.
    std::atomic<std::uint64_t> found = 0;
};

/// The connections of one I/O thread for one purpose, and those who wait for them. They connect when there is something
/// to do, and while the server is gone everybody is told so at once; it is looked for every half a second.
class Lanes {
public:
    /// `connectors` are threads that may wait. All outlive the lanes.
    Lanes(asio::io_context& context, const ConnectionOptions& connection, LaneOptions options, WorkerPool& connectors,
          ServerNews& news);
    ~Lanes();

    /// Begins to connect, and to watch the clock.
    void start();

    /// Ends all that `start` began; whoever waits is told.
    Task<> stop();

    /// Puts the request on its way as soon as a connection takes it.
    void submit(std::shared_ptr<Request> request);

private:
    class Lane;

    Task<> watch_the_clock();
    void expire_waiting();
    void refuse_waiting(const std::string& reason);
    bool any_is_up() const;

    asio::io_context& context_;
    const ConnectionOptions& connection_;
    const LaneOptions options_;
    WorkerPool& connectors_;
    ServerNews& news_;
    std::uint64_t found_ = 0; ///< of the news that was acted on
    struct Waiting {
        std::shared_ptr<Request> request;
        Deadline until;
    };
    std::deque<Waiting> waiting_;
    std::optional<std::string> lost_ = "PostgreSQL is not there yet"; ///< why nobody can be served
    bool stopping_ = false;
    asio::steady_timer tick_;
    std::vector<std::unique_ptr<Lane>> lanes_;
    TaskGroup tasks_; // last: they use all of the above
};

}
