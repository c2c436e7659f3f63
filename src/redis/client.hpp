#pragma once

#include "redis/client_options.hpp"
#include "redis/command.hpp"
#include "redis/condition.hpp"
#include "redis/reply.hpp"
#include "redis/script.hpp"
#include "runtime/deadline.hpp"
#include "runtime/io_threads.hpp"

#include <atomic>
#include <cstdint>
#include <memory>
#include <string_view>
#include <vector>

namespace watchword::redis {

/// A Redis server, or the master that Sentinels name, for all I/O threads: one connection each. Whoever asks gets an
/// answer within the command timeout, or Unavailable; while the server is known to be lost, at once. The server is
/// looked for in the background and used again within two seconds of its return.
class Client {
public:
    /// Throws StartRefused when `ca_file` cannot be used. Connects to nothing yet.
    Client(IoThreads& threads, ClientOptions options);
    ~Client();

    /// Begins to connect, on each thread.
    void start();

    /// Returns when each thread has tried once to connect: after a second at most, and 300 ms for each Sentinel that
    /// is silent.
    Task<> attempted();

    /// Ends all that `start` began. From an I/O thread.
    Task<> stop();

    /// Asks on the I/O thread that calls. Throws Unavailable when there is no reply, when it is an error, or when less
    /// is left until the deadline than a command may take.
    Task<Reply> ask(Command command, Deadline deadline);

    /// Runs the script on one key; the same otherwise. A server that does not know it yet is sent the text.
    Task<Reply> run(const Script& script, std::string_view key, std::vector<std::string_view> arguments,
                    Deadline deadline);

    /// Whether the connection of the calling I/O thread is up. While it is not, whoever asks is refused at once.
    bool is_connected() const;

    /// How many connections were ever opened, on all threads together. Where it has grown, Redis may have forgotten
    /// what it was told before, or be another server that was told less. From every thread.
    std::uint64_t connections() const { return connections_.load(); }

    /// Whether the server could be used when it was last tried.
    bool answers() const { return !condition_.is_lost(); }

private:
    struct Links;

    Task<Reply> ask_link(const Command& command, Deadline deadline);
    Reply judged(Reply reply);

    const ClientOptions options_;
    Condition condition_;
    std::atomic<std::uint64_t> connections_ = 0;
    std::unique_ptr<Links> links_;
};

}
