#pragma once

#include "base/result.hpp"
#include "runtime/task.hpp"

#include <cstdint>
#include <string_view>

namespace watchword::http {

/// How a route takes the body of its requests.
enum class BodyKind {
    whole,  ///< read into Request::body before the handler runs: for JSON
    stream, ///< read by the handler, piece by piece, through Request::body_stream: for files
};

/// The body of a request, read as it arrives. A client is made to wait while nobody asks for the next piece, so what a
/// body holds in memory is one piece, whatever its size.
class BodyReader {
public:
    virtual ~BodyReader() = default;

    /// The next piece, never empty before the end; an empty one is the end. It is valid until the next call.
    ///
    /// Errors: `payload_too_large` (longer than the route allows), `request_timeout` (slower than the least rate),
    /// `bad_request` (wrong framing, or the client is gone). After an error every call returns it again; answer with
    /// it, and the connection is closed behind the answer.
    virtual Task<Result<std::string_view>> next() = 0;
};

/// The body of an answer that is made while it is sent: a download. It lives on the I/O thread of its connection.
class BodySource {
public:
    virtual ~BodySource() = default;

    /// How many bytes the pieces will have together; sent as `Content-Length`.
    virtual std::uint64_t length() const = 0;

    /// The next piece, never empty, until `length()` bytes are delivered; asked for only when the client has taken the
    /// ones before, so a client that stops reading costs one piece and not the file. Valid until the next call.
    ///
    /// The status has been sent by then: a source that fails throws, the failure is logged, and the connection is cut,
    /// which tells the client that the body is incomplete (RFC 9112 §8).
    virtual Task<std::string_view> next() = 0;
};

}
