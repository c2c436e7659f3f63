#pragma once

#include "http/tls.hpp"
#include "runtime/task.hpp"

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>

namespace watchword::http {

using Steady = std::chrono::steady_clock;

/// The least pace of a transfer: in each window of waiting so many bytes must move. Only waiting counts, so that our
/// own slowness is never held against a client.
struct LeastPace {
    std::chrono::milliseconds window;
    std::size_t bytes;
};

/// Measures a transfer against its least pace.
class PaceMeter {
public:
    explicit PaceMeter(LeastPace least) : least_(least) {}

    /// Until when a wait that begins now may last before `waited` must be asked.
    Steady::time_point until() const { return Steady::now() + least_.window - spent_; }

    /// After a wait since `began` that moved `bytes`: whether the transfer may go on.
    bool waited(Steady::time_point began, std::size_t bytes);

private:
    LeastPace least_;
    Steady::duration spent_{0};
    std::size_t moved_ = 0;
};

/// The bytes of one connection, plain or under TLS, in and out, with what stands in buffers. Lives on one I/O thread.
///
/// A wait has a time at which it gives up, and setting it costs nothing: whoever owns the stream calls `expire` now and
/// then (a timer of its own for every wait would cost as much as parsing the request).
class ClientStream {
public:
    using Socket = asio::basic_stream_socket<asio::ip::tcp, asio::io_context::executor_type>;

    /// Why a wait ended.
    enum class Outcome {
        ready,
        expired, ///< its time came
        ended,   ///< the other side has closed its sending half, or the connection is broken, or we closed it
    };

    /// What an idle connection keeps: most requests fit, and ten thousand of them are 20 MB.
    static constexpr std::size_t idle_input_bytes = 2 * 1024;

    /// Speaks TLS where there is a certificate; it outlives the stream.
    explicit ClientStream(Socket socket, const TlsCertificate* certificate = nullptr);

    bool speaks_tls() const { return tls_.has_value(); }

    /// The handshake, to be made before anything else. A client that sends HTTP in the clear is told so.
    Task<Outcome> shake_hands(Steady::time_point until);

    asio::io_context::executor_type executor() { return socket_.get_executor(); }

    /// What has been received and not been consumed. Valid until the next `consume` or `receive`.
    std::string_view input() const { return {input_.get() + begin_, end_ - begin_}; }
    void consume(std::size_t count);

    /// Lets the client know at once what has arrived. One that has sent a head and holds its body back until that is
    /// acknowledged (Nagle's algorithm, RFC 9293 §3.7.4) would otherwise wait for the kernel's 40 ms.
    void acknowledge_now();

    /// Waits until more input has come. `capacity` is how much the buffer shall hold, more than it holds now.
    Task<Outcome> receive(std::size_t capacity, Steady::time_point until);

    /// What is to be sent. Append to it; `send_now` and `flush` take from its front.
    std::string& output() { return output_; }
    bool has_output() const { return sent_ < output_.size(); }

    /// Sends what the kernel takes without waiting.
    void send_now();

    /// Sends everything, at the least pace.
    Task<Outcome> flush(LeastPace least);

    /// Sends the end of our side; the other side may go on sending.
    void finish_sending();

    /// Ends the connection and every wait for it.
    void close();
    bool is_closed() const { return !socket_.is_open(); }

    /// Lets the present wait end no later than that.
    void hurry(Steady::time_point until) { wait_ends_ = std::min(wait_ends_, until); }

    /// Ends the wait whose time has come.
    void expire(Steady::time_point now);

    /// Whether the kernel holds input that we have not taken.
    bool has_unread_input() const;

private:
    Task<Outcome> receive_over_tls(Steady::time_point until);
    Task<Outcome> wait_for(Socket::wait_type what, Steady::time_point until);
    Task<Outcome> wait_for(TlsSession::Outcome wanted, Steady::time_point until);
    std::size_t write_some(boost::system::error_code& error);
    void make_room(std::size_t capacity);

    static constexpr Steady::time_point never = Steady::time_point::max();

    Socket socket_;
    std::optional<TlsSession> tls_;
    Steady::time_point wait_ends_ = never;
    bool expired_ = false;
    bool broken_ = false;

    std::unique_ptr<char[]> input_;
    std::size_t capacity_ = 0;
    std::size_t begin_ = 0;
    std::size_t end_ = 0;

    std::string output_;
    std::size_t sent_ = 0;
};

}
