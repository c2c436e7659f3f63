#pragma once

#include "http/body_stream.hpp"
#include "http/chunked_body.hpp"
#include "http/client_stream.hpp"
#include "http/connection_options.hpp"
#include "http/framing.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace watchword::http {

/// The body behind a head: nothing, so many bytes, or chunks. Nothing of it is read, and no `100 Continue` is sent,
/// before somebody asks for it, so an answer that needs no body costs none.
class IncomingBody final : public BodyReader {
public:
    /// The stream stands at the first byte of the body, and outlives this.
    IncomingBody(ClientStream& stream, const Framing& framing, const ConnectionOptions& options);

    IncomingBody(const IncomingBody&) = delete;
    IncomingBody& operator=(const IncomingBody&) = delete;

    Framing::Expectation expectation() const { return framing_.expectation; }

    /// Whether the last byte has been read; also where there is no body.
    bool is_finished() const { return finished_; }

    /// Says how the body is going to be read, before it is. `payload_too_large` where it announces more.
    Result<> accept(BodyKind kind, std::uint64_t bytes_max);

    /// Reads it all, after `accept`. Errors as BodyReader::next.
    Task<Result<std::string>> read_whole();

    Task<Result<std::string_view>> next() override;

    /// Whether another request can follow on the connection after an answer that may have left some of the body unread:
    /// the end of the body must be known and near. Then `skip_rest` reads up to it.
    bool can_be_skipped();
    Task<ClientStream::Outcome> skip_rest();

private:
    enum class Progress { piece, end, needs_input, failed };

    Progress take_buffered();
    Progress take_chunked(std::string_view input);
    Task<Result<>> wait_for_input();
    void release_piece();
    void drop_buffered();
    std::unexpected<Error> fail_with(ErrorCode code);

    ClientStream& stream_;
    Framing framing_;
    const ConnectionOptions& options_;
    BodyKind kind_ = BodyKind::whole;
    std::uint64_t length_left_;
    ChunkedBody chunks_;
    PaceMeter pace_;
    Steady::time_point whole_until_;
    std::string_view piece_;  ///< at the front of the stream's input, given to the caller
    bool client_waits_;       ///< for `100 Continue`
    bool has_waited_ = false; ///< for input that was not there yet
    bool finished_;
    std::optional<ErrorCode> failure_;
};

}
