#include "redis/connection.hpp"

#include "base/unavailable.hpp"

#include <array>
#include <utility>

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/async_result.hpp>
#include <boost/asio/post.hpp>
#include <boost/system/system_error.hpp>

namespace watchword::redis {
namespace {

constexpr std::size_t read_bytes = 8 * 1024;

/// Without where in Asio it came up.
std::string reason_of(const std::exception& exception)
{
    const auto* const error = dynamic_cast<const boost::system::system_error*>(&exception);
    if (!error) {
        return exception.what();
    }
    return error->code() == asio::error::eof ? "it closed the connection" : error->code().message();
}

}

Connection::Connection(asio::any_io_executor executor, std::unique_ptr<Transport> transport,
                       Conversation::Published published)
    : executor_(std::move(executor)),
      transport_(std::move(transport)),
      conversation_(std::move(published)),
      timer_(executor_),
      tasks_(executor_)
{
}

Task<> Connection::open(std::chrono::milliseconds time)
{
    opening_until_ = Steady::now() + time;
    start_watching(*opening_until_);
    try {
        co_await transport_->connect();
    } catch (const std::exception& exception) {
        close(reason_of(exception));
    }
    opening_until_.reset();
    if (lost_) {
        throw Unavailable(reason_);
    }
    opened_ = true;
    tasks_.spawn("redis read", read());
}

Task<Reply> Connection::ask(const Command& command, std::chrono::milliseconds time)
{
    if (!is_open()) {
        throw Unavailable(reason_);
    }
    if (conversation_.is_full()) {
        throw Unavailable("too many commands wait for Redis");
    }
    const auto until = Steady::now() + time;
    auto initiate = [this, &command, until](auto handler) {
        auto executor = asio::get_associated_executor(handler);
        auto answered = [handler = std::move(handler), executor](std::expected<Reply, std::string> reply) mutable {
            // Not at once: whoever is resumed asks again, while the conversation is at work.
            asio::post(executor, [handler = std::move(handler), reply = std::move(reply)]() mutable {
                auto thrown = reply ? nullptr : std::make_exception_ptr(Unavailable(reply.error()));
                handler(thrown, reply ? std::move(*reply) : Reply{});
            });
        };
        conversation_.ask(command, until, std::move(answered));
        start_writing();
        start_watching(until);
    };
    co_return co_await asio::async_initiate<const asio::use_awaitable_t<>&, void(std::exception_ptr, Reply)>(
        std::move(initiate), asio::use_awaitable);
}

void Connection::close(std::string reason)
{
    if (lost_) {
        return;
    }
    lost_ = true;
    reason_ = std::move(reason);
    transport_->close();
    timer_.cancel();
    conversation_.fail(reason_);
}

Task<> Connection::read()
{
    std::array<char, read_bytes> bytes;
    while (!lost_) {
        try {
            const auto size = co_await transport_->read(asio::buffer(bytes));
            if (!lost_) {
                conversation_.receive({bytes.data(), size});
            }
        } catch (const std::exception& exception) {
            close(reason_of(exception));
        }
    }
}

void Connection::start_writing()
{
    if (!is_writing_) {
        is_writing_ = true;
        tasks_.spawn("redis write", write());
    }
}

Task<> Connection::write()
{
    co_await asio::post(executor_, asio::use_awaitable); // takes along what others ask in this turn
    while (!lost_ && conversation_.has_outgoing()) {
        const auto bytes = conversation_.take_outgoing();
        try {
            co_await transport_->write(bytes);
        } catch (const std::exception& exception) {
            close(reason_of(exception));
        }
    }
    is_writing_ = false;
}

std::optional<Connection::Steady::time_point> Connection::next_deadline() const
{
    return opening_until_ ? opening_until_ : conversation_.first_until();
}

void Connection::start_watching(Steady::time_point until)
{
    if (!is_watching_) {
        is_watching_ = true;
        tasks_.spawn("redis deadline", watch());
    } else if (until < timer_.expiry()) {
        timer_.cancel(); // it was set for somebody with more time
    }
}

/// Runs while somebody waits: one timer for all of them, which is set anew only when it has fired.
Task<> Connection::watch()
{
    for (auto until = next_deadline(); until && !lost_; until = next_deadline()) {
        if (*until <= Steady::now()) {
            close(opening_until_ ? "it cannot be reached in time" : "it does not answer in time");
            break;
        }
        timer_.expires_at(*until);
        co_await timer_.async_wait(asio::as_tuple(asio::use_awaitable));
    }
    is_watching_ = false;
}

}
