#pragma once

#include "runtime/deadline.hpp"
#include "runtime/task.hpp"
#include "s3/breaker.hpp"

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <thread>
#include <unordered_map>
#include <utility>
#include <vector>

namespace watchword::s3 {

class Transfer;

/// What goes out.
struct OutgoingRequest {
    std::string method;
    std::string url;
    std::vector<std::string> header_lines;
    std::string body; ///< of a request without a file
    int file = -1;    ///< a descriptor whose bytes are the body, from its beginning; the caller keeps it
    std::uint64_t file_bytes = 0;
    std::chrono::milliseconds head_timeout{5000}; ///< until the head has come, from the last byte of `file` on
};

/// What comes back, from the moment when its head has. Destroying it before the end cancels the rest. Used from one
/// I/O thread.
class IncomingAnswer {
public:
    IncomingAnswer(class Transport& transport, std::shared_ptr<Transfer> transfer);
    ~IncomingAnswer();

    IncomingAnswer(const IncomingAnswer&) = delete;
    IncomingAnswer& operator=(const IncomingAnswer&) = delete;

    long status() const;

    /// The value of a header, whose name is given in lower case; empty where there is none.
    std::string header(std::string_view name) const;

    /// The next piece of the body, at most 64 KiB, never empty before the end; an empty one is the end. Valid until the
    /// next call. While nobody asks, the other side is made to wait. Throws Unavailable, also where the body ends
    /// before its announced length.
    Task<std::string_view> next();

    /// The whole body. Throws Unavailable, also where it has more bytes than that or is not there by the deadline; of
    /// that it may be late by the idle timeout.
    Task<std::string> read_whole(std::size_t bytes_max, Deadline deadline);

private:
    Transport& transport_;
    std::shared_ptr<Transfer> transfer_;
    std::string piece_;
};

/// Carries requests to one server over HTTP/1.1 with libcurl: one thread, any number of transfers at once, connections
/// kept for the next. Redirects are not followed, proxies of the environment not used. Used from every I/O thread.
class Transport {
public:
    struct Options {
        std::string ca_file;                             ///< PEM; empty: the authorities of the system
        std::chrono::milliseconds connect_timeout{3000}; ///< name resolution and TLS included
        std::chrono::seconds idle_timeout{10};           ///< without a byte while one is wanted
    };

    explicit Transport(Options options);

    /// Ends what is under way; everybody who waits is told Unavailable.
    ~Transport();

    Transport(const Transport&) = delete;
    Transport& operator=(const Transport&) = delete;

    /// Sends a request and returns when the head of its answer has come. Throws Unavailable when none comes, and at
    /// once when several before have failed that way, or were answered 503, just now.
    Task<std::unique_ptr<IncomingAnswer>> send(OutgoingRequest request);

    /// Throws Unavailable where `send` would at once.
    void require_hope();

private:
    friend class IncomingAnswer;

    void post(std::function<void()> command);
    void loop(std::stop_token stop);
    void run_commands();
    void begin(const std::shared_ptr<Transfer>& transfer);
    void end(void* easy, std::string_view failure);
    void end_finished();
    void end_overdue();

    Options options_;
    Breaker breaker_;
    void* multi_;                                                  ///< CURLM
    std::unordered_map<void*, std::shared_ptr<Transfer>> running_; ///< by CURL; of the thread alone
    std::mutex mutex_;
    std::vector<std::function<void()>> commands_;
    std::jthread thread_;
};

}
