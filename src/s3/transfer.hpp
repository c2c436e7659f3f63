#pragma once

#include "s3/transport.hpp"

#include <array>
#include <functional>
#include <mutex>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include <curl/curl.h>

namespace watchword::s3 {

/// One request and its answer, between the thread of the transport and the I/O thread of the caller.
class Transfer {
public:
    static constexpr std::size_t piece_bytes_max = 64 * 1024;

    Transfer(OutgoingRequest request, const Transport::Options& options);
    ~Transfer();

    Transfer(const Transfer&) = delete;
    Transfer& operator=(const Transfer&) = delete;

    CURL* easy() { return easy_; }

    // On the thread of the transport.

    /// Whether the head is late.
    bool is_overdue() const;
    void end(std::string_view failure);
    std::string_view error_text() const { return error_.data(); }

    /// Lets the body go on once there is room.
    void go_on();

    // On the I/O thread.

    /// Calls `wake`, once, when there is a piece, or the end, or, with `Until::head`, the head.
    enum class Until { head, piece };
    void when(Until until, std::function<void()> wake);

    /// Throws Unavailable where the transfer has failed before its head.
    void require_head() const;

    /// The next piece; empty: the end. Throws Unavailable.
    std::string take_piece();

    /// Whether `go_on` has to be called.
    bool was_made_to_wait() const;

    long status() const { return status_; }
    std::string header(std::string_view name) const;

private:
    static std::size_t on_header(char* data, std::size_t size, std::size_t count, void* self);
    static std::size_t on_body(char* data, std::size_t size, std::size_t count, void* self);
    static std::size_t on_send(char* into, std::size_t size, std::size_t count, void* self);
    static int on_seek(void* self, curl_off_t offset, int origin);

    bool take_header(std::string_view line); ///< whether the transfer may go on
    std::size_t take_body(std::string_view bytes);
    void wake_if_ready(std::unique_lock<std::mutex> lock);
    bool is_ready() const;

    OutgoingRequest request_;
    CURL* easy_;
    curl_slist* header_lines_ = nullptr;
    std::array<char, CURL_ERROR_SIZE> error_{};
    std::uint64_t sent_ = 0;
    std::chrono::milliseconds send_timeout_; ///< without a byte of the file that the other side takes
    std::chrono::steady_clock::time_point head_until_;

    mutable std::mutex mutex_;
    bool has_head_ = false;
    bool ended_ = false;
    bool waits_ = false; ///< the other side, for room
    std::optional<std::string> failure_;
    std::string piece_;
    Until until_ = Until::head;
    std::function<void()> wake_;

    long status_ = 0; ///< these two are written before `has_head_`
    std::vector<std::pair<std::string, std::string>> headers_;
};

}
