#include "http/connection.hpp"

#include "base/log.hpp"
#include "http/answer_writer.hpp"
#include "http/incoming_body.hpp"
#include "http/target.hpp"

#include <stdexcept>
#include <utility>

#include <boost/asio/post.hpp>

namespace watchword::http {
namespace {

// Answers to pipelined requests are gathered up to here before they are sent.
constexpr std::size_t output_bytes_max = 64 * 1024;

// For the first request of a connection when the server stops: whoever connects sends at once.
constexpr std::chrono::milliseconds last_chance{500};

constexpr std::size_t behind_head_bytes = 8 * 1024; // read together with a long head
constexpr std::size_t linger_capacity_bytes = 32 * 1024;

std::optional<Request> make_request(const Head& head, const Address& peer)
{
    auto target = read_target(head.target);
    if (!target) {
        return std::nullopt;
    }
    Request request;
    request.method = head.method;
    request.path = std::move(target->path);
    request.query = std::move(target->query);
    request.headers.reserve(head.fields.size());
    for (const auto& field : head.fields) {
        request.headers.emplace_back(std::string(field.name), std::string(field.value));
    }
    request.client = peer;
    return request;
}

AnswerContext::Connection connection_header(const Framing& framing, bool goes_on)
{
    if (!goes_on) {
        return AnswerContext::Connection::close;
    }
    return framing.version == Framing::Version::http_1_0 ? AnswerContext::Connection::keep_alive_http_1_0
                                                         : AnswerContext::Connection::keep_alive;
}

std::string_view origin_of(const Request& request)
{
    for (const auto& header : request.headers) {
        if (same_but_for_case(header.name, "Origin")) {
            return header.value;
        }
    }
    return {};
}

}

Connection::Connection(ClientStream::Socket socket, const Address& peer, const Pipeline& pipeline,
                       const ConnectionOptions& options)
    : stream_(std::move(socket), options.certificate), peer_(peer), pipeline_(pipeline), options_(options)
{
}

Task<> Connection::run()
{
    auto next = Next::request;
    if (stream_.speaks_tls() &&
        co_await stream_.shake_hands(Steady::now() + options_.header_timeout) != ClientStream::Outcome::ready) {
        next = Next::cut;
    }
    while (next == Next::request) {
        const auto head_bytes = head_length(stream_.input(), options_.head_bytes_max);
        if (!head_bytes) {
            next = refuse(head_bytes.error());
        } else if (*head_bytes == 0) {
            next = co_await wait_for_head();
        } else {
            next = co_await answer_head(*head_bytes);
        }
    }
    if (next != Next::cut && co_await stream_.flush(options_.answer_pace) == ClientStream::Outcome::ready &&
        next == Next::linger) {
        co_await linger();
    }
    stream_.close();
}

Task<Connection::Next> Connection::wait_for_head()
{
    stream_.send_now();
    if (stream_.has_output() && co_await stream_.flush(options_.answer_pace) != ClientStream::Outcome::ready) {
        co_return Next::cut;
    }
    const auto held = stream_.input().size();
    if (held == 0) {
        head_until_.reset();
    } else if (!head_until_) {
        head_until_ = Steady::now() + options_.header_timeout;
    }
    idle_ = held == 0;
    const auto capacity = held < ClientStream::idle_input_bytes ? ClientStream::idle_input_bytes
                                                                : options_.head_bytes_max + behind_head_bytes;
    auto until = head_until_ ? *head_until_ : Steady::now() + options_.idle_timeout;
    if (stopping_) {
        until = std::min(until, Steady::now() + last_chance);
    }
    const auto outcome = co_await stream_.receive(capacity, until);
    idle_ = false;
    switch (outcome) {
    case ClientStream::Outcome::ready:
        co_return Next::request;
    case ClientStream::Outcome::expired:
        // Between requests nothing was asked, and an answer could be taken for the one to the next request.
        if (held > 0) {
            refuse(Rejection{408, "The header did not arrive in time"});
        }
        break;
    case ClientStream::Outcome::ended:
        break;
    }
    co_return Next::close;
}

Task<Connection::Next> Connection::answer_head(std::size_t head_bytes)
{
    head_until_.reset();
    const auto head = read_head(stream_.input().substr(0, head_bytes));
    if (!head) {
        co_return refuse(head.error());
    }
    auto request = make_request(*head, peer_);
    if (!request) {
        co_return refuse(Rejection{400, "The path is no UTF-8 text"});
    }
    const auto framing = head->framing;
    stream_.consume(head_bytes);
    send_soon();

    IncomingBody body(stream_, framing, options_);
    const auto response = co_await pipeline_.answer(*request, body);

    has_answered_ = true;
    const bool goes_on = body.can_be_skipped() && framing.keep_alive && !finishing_;
    const bool is_head_only = request->method == "HEAD";
    append_answer(stream_.output(), response,
                  {.request_id = request->id,
                   .listener_lines = options_.answer_lines,
                   .cors_lines = pipeline_.cors().headers(origin_of(*request)),
                   .connection = connection_header(framing, goes_on),
                   .content = is_head_only ? AnswerContext::Content::head_only : AnswerContext::Content::sent});
    if (response.source && !is_head_only && co_await send_source(*request, *response.source) == Next::cut) {
        co_return Next::cut;
    }
    if (!goes_on) {
        co_return body.is_finished() && stream_.input().empty() ? Next::close : Next::linger;
    }
    if (stream_.output().size() > output_bytes_max || !body.is_finished()) {
        if (co_await stream_.flush(options_.answer_pace) != ClientStream::Outcome::ready ||
            co_await body.skip_rest() != ClientStream::Outcome::ready) {
            co_return Next::cut;
        }
    }
    co_return Next::request;
}

Task<Connection::Next> Connection::send_source(const Request& request, BodySource& source)
{
    try {
        for (auto left = source.length(); left > 0;) {
            const auto piece = co_await source.next();
            if (piece.empty() || piece.size() > left) {
                throw std::logic_error("the source has not as many bytes as it said");
            }
            left -= piece.size();
            stream_.output().append(piece);
            if (co_await stream_.flush(options_.answer_pace) != ClientStream::Outcome::ready) {
                co_return Next::cut;
            }
        }
        co_return Next::request;
    } catch (const std::exception& error) {
        log::error("http", "cut an answer whose body failed", {{"reason", error.what()}, {"request_id", request.id}});
    }
    co_return Next::cut;
}

Connection::Next Connection::refuse(const Rejection& rejection)
{
    Request request;
    request.client = peer_;
    const auto response = pipeline_.refuse(request, rejection, stream_.input());
    append_answer(stream_.output(), response,
                  {.request_id = request.id,
                   .listener_lines = options_.answer_lines,
                   .cors_lines = pipeline_.cors().headers(origin_of(request)),
                   .connection = AnswerContext::Connection::close,
                   .content = AnswerContext::Content::sent});
    return Next::linger;
}

/// Sends what is ready once the event loop has the thread again: an answer never waits for a slow request that the
/// client has pipelined behind it, and those that are ready at once travel together.
void Connection::send_soon()
{
    if (!stream_.has_output() || sending_soon_) {
        return;
    }
    sending_soon_ = true;
    asio::post(stream_.executor(), [weak = weak_from_this()] {
        if (const auto connection = weak.lock()) {
            connection->sending_soon_ = false;
            connection->stream_.send_now();
        }
    });
}

Task<> Connection::linger()
{
    stream_.finish_sending();
    const auto until = Steady::now() + options_.linger_timeout;
    do {
        stream_.consume(stream_.input().size());
    } while (Steady::now() < until &&
             co_await stream_.receive(linger_capacity_bytes, until) == ClientStream::Outcome::ready);
}

void Connection::finish()
{
    finish_soon();
    stopping_ = true;
    // A request that has reached the kernel was sent in good faith: it is still answered.
    if (!idle_ || stream_.has_unread_input()) {
        return;
    }
    if (has_answered_) {
        stream_.close();
    } else {
        stream_.hurry(Steady::now() + last_chance);
    }
}

}
