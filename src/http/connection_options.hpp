#pragma once

#include "http/client_stream.hpp"
#include "http/framing.hpp"

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <string>

namespace watchword::http {

/// How long one client may take, and how much of it is kept, for each thing that a connection does.
struct ConnectionOptions {
    /// Under which TLS is spoken; none: in the clear. It outlives the connections.
    const TlsCertificate* certificate = nullptr;

    /// Whole header lines that every answer carries.
    std::string answer_lines;

    /// A request line and its fields.
    std::size_t head_bytes_max = usual_head_bytes_max;

    /// From the first byte of a head to its last: a head is one or two packets, and whoever drips it wants our sockets.
    std::chrono::milliseconds header_timeout = std::chrono::seconds{10};

    /// Between two requests. Longer than nginx keeps its side (`keepalive_timeout`, 60 s), so that it is never we who
    /// close while a request is on its way.
    std::chrono::milliseconds idle_timeout = std::chrono::seconds{75};

    /// For a body that is read whole: at most 64 KiB by default, on the slowest mobile link.
    std::chrono::milliseconds body_timeout = std::chrono::seconds{30};

    /// For a body that a handler streams: 1 KB/s, judged every ten seconds of waiting.
    LeastPace upload_pace{.window = std::chrono::seconds{10}, .bytes = 10 * 1024};

    /// For what we send. A client that stops reading is cut after one window.
    LeastPace answer_pace{.window = std::chrono::seconds{30}, .bytes = 30 * 1024};

    /// An unread body of at most this is read and dropped, so that the connection can go on after an early answer.
    std::uint64_t skipped_body_bytes_max = 64 * 1024;

    /// After an answer that ends the connection, what the client still sends is read and dropped for so long: closing
    /// on unread bytes would make TCP reset the connection and the client lose the answer (RFC 9112 §9.6). Only time is
    /// bounded: nginx may send tens of megabytes before it looks at the answer, and would make a 502 of the reset.
    std::chrono::milliseconds linger_timeout = std::chrono::seconds{5};
};

}
