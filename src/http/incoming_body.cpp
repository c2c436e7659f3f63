#include "http/incoming_body.hpp"

#include <algorithm>
#include <utility>

namespace watchword::http {
namespace {

constexpr std::uint64_t whole_bytes_max = 16 * 1024;
constexpr std::uint64_t stream_bytes_max = 64 * 1024; // fewer, larger reads for files

}

IncomingBody::IncomingBody(ClientStream& stream, const Framing& framing, const ConnectionOptions& options)
    : stream_(stream),
      framing_(framing),
      options_(options),
      length_left_(framing.length),
      chunks_(options.skipped_body_bytes_max),
      pace_(options.upload_pace),
      client_waits_(framing.expectation == Framing::Expectation::proceed),
      finished_(framing.body == Framing::Body::none)
{
}

Result<> IncomingBody::accept(BodyKind kind, std::uint64_t bytes_max)
{
    kind_ = kind;
    chunks_ = ChunkedBody(bytes_max);
    if (kind == BodyKind::whole && !finished_) {
        whole_until_ = Steady::now() + options_.body_timeout;
    }
    if (length_left_ > bytes_max) {
        return fail_with(ErrorCode::payload_too_large);
    }
    return {};
}

Task<Result<std::string>> IncomingBody::read_whole()
{
    std::string whole;
    whole.reserve(length_left_);
    while (true) {
        const auto piece = co_await next();
        if (!piece) {
            co_return std::unexpected(piece.error());
        }
        if (piece->empty()) {
            co_return whole;
        }
        whole.append(*piece);
    }
}

Task<Result<std::string_view>> IncomingBody::next()
{
    release_piece();
    while (true) {
        switch (failure_ ? Progress::failed : take_buffered()) {
        case Progress::piece:
            co_return piece_;
        case Progress::end:
            co_return std::string_view();
        case Progress::failed:
            co_return fail(*failure_);
        case Progress::needs_input:
            break;
        }
        if (const auto waited = co_await wait_for_input(); !waited) {
            co_return std::unexpected(waited.error());
        }
    }
}

IncomingBody::Progress IncomingBody::take_buffered()
{
    if (finished_) {
        return Progress::end;
    }
    const auto input = stream_.input();
    if (input.empty()) {
        return Progress::needs_input;
    }
    client_waits_ = false;
    if (framing_.body == Framing::Body::chunked) {
        return take_chunked(input);
    }
    piece_ = input.substr(0, static_cast<std::size_t>(std::min<std::uint64_t>(length_left_, input.size())));
    length_left_ -= piece_.size();
    finished_ = length_left_ == 0;
    return Progress::piece;
}

IncomingBody::Progress IncomingBody::take_chunked(std::string_view input)
{
    const auto step = chunks_.step(input);
    switch (step.state) {
    case ChunkedBody::State::malformed:
        failure_ = ErrorCode::bad_request;
        return Progress::failed;
    case ChunkedBody::State::too_large:
        failure_ = ErrorCode::payload_too_large;
        return Progress::failed;
    case ChunkedBody::State::finished:
        finished_ = true;
        stream_.consume(step.used);
        return Progress::end;
    case ChunkedBody::State::unfinished:
        break;
    }
    stream_.consume(step.used - step.data.size());
    piece_ = step.data;
    return piece_.empty() ? Progress::needs_input : Progress::piece;
}

Task<Result<>> IncomingBody::wait_for_input()
{
    if (client_waits_) {
        client_waits_ = false;
        stream_.output().append("HTTP/1.1 100 Continue\r\n\r\n");
    }
    stream_.send_now();
    if (stream_.has_output() && co_await stream_.flush(options_.answer_pace) != ClientStream::Outcome::ready) {
        co_return fail_with(ErrorCode::bad_request);
    }
    if (!std::exchange(has_waited_, true)) {
        stream_.acknowledge_now();
    }
    const auto began = Steady::now();
    const bool whole = kind_ == BodyKind::whole;
    const auto capacity = whole
                              ? std::clamp<std::uint64_t>(length_left_, ClientStream::idle_input_bytes, whole_bytes_max)
                              : stream_bytes_max;
    const auto outcome = co_await stream_.receive(capacity, whole ? whole_until_ : pace_.until());
    if (outcome == ClientStream::Outcome::ended) {
        co_return fail_with(ErrorCode::bad_request);
    }
    const bool in_time = whole ? outcome == ClientStream::Outcome::ready : pace_.waited(began, stream_.input().size());
    if (!in_time) {
        co_return fail_with(ErrorCode::request_timeout);
    }
    co_return Result<>{};
}

void IncomingBody::release_piece()
{
    stream_.consume(piece_.size());
    piece_ = {};
}

std::unexpected<Error> IncomingBody::fail_with(ErrorCode code)
{
    failure_ = code;
    return fail(code);
}

void IncomingBody::drop_buffered()
{
    const auto length = std::min<std::uint64_t>(length_left_, stream_.input().size());
    stream_.consume(static_cast<std::size_t>(length));
    length_left_ -= length;
    client_waits_ = client_waits_ && length == 0;
    finished_ = length_left_ == 0;
}

bool IncomingBody::can_be_skipped()
{
    release_piece();
    if (finished_) {
        return true;
    }
    if (framing_.body == Framing::Body::length) {
        drop_buffered();
        // Whether a client that got no 100 sends the body after all is its own choice (RFC 9110 §10.1.1).
        const bool is_near = length_left_ <= options_.skipped_body_bytes_max && !client_waits_;
        return finished_ || (is_near && (!failure_ || *failure_ == ErrorCode::payload_too_large));
    }
    while (!failure_ && take_buffered() == Progress::piece) {
        release_piece();
    }
    return finished_;
}

Task<ClientStream::Outcome> IncomingBody::skip_rest()
{
    const auto until = Steady::now() + options_.body_timeout;
    while (!finished_) {
        const auto outcome = co_await stream_.receive(whole_bytes_max, until);
        if (outcome != ClientStream::Outcome::ready) {
            co_return outcome;
        }
        drop_buffered();
    }
    co_return ClientStream::Outcome::ready;
}

}
