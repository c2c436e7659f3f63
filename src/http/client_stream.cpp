#include "http/client_stream.hpp"

#include <algorithm>
#include <cstring>
#include <utility>

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/buffer.hpp>

namespace watchword::http {
namespace {

constexpr std::size_t idle_output_bytes = 4 * 1024;

}

bool PaceMeter::waited(Steady::time_point began, std::size_t bytes)
{
    spent_ += Steady::now() - began;
    moved_ += bytes;
    if (spent_ < least_.window) {
        return true;
    }
    const bool fast_enough = moved_ >= least_.bytes;
    spent_ = {};
    moved_ = 0;
    return fast_enough;
}

ClientStream::ClientStream(Socket socket) : socket_(std::move(socket))
{
    boost::system::error_code ignored; // a client that is gone already shows at the first read
    socket_.non_blocking(true, ignored);
    socket_.set_option(asio::ip::tcp::no_delay(true), ignored);
}

void ClientStream::consume(std::size_t count)
{
    begin_ += count;
    if (begin_ == end_) {
        begin_ = end_ = 0;
    }
}

void ClientStream::make_room(std::size_t capacity)
{
    const auto held = end_ - begin_;
    if (capacity > capacity_ || (held == 0 && capacity < capacity_)) {
        auto other = std::make_unique_for_overwrite<char[]>(capacity);
        std::copy_n(input_.get() + begin_, held, other.get());
        input_ = std::move(other);
        capacity_ = capacity;
    } else if (begin_ > 0) {
        std::memmove(input_.get(), input_.get() + begin_, held);
    }
    begin_ = 0;
    end_ = held;
}

Task<ClientStream::Outcome> ClientStream::receive(std::size_t capacity, Steady::time_point until)
{
    make_room(capacity);
    if (output_.empty() && output_.capacity() > idle_output_bytes) {
        output_ = {};
    }
    wait_ends_ = until;
    expired_ = false;
    const auto room = asio::buffer(input_.get() + end_, capacity_ - end_);
    const auto result = co_await socket_.async_read_some(room, asio::as_tuple(asio::use_awaitable));
    const auto& [error, received] = result;
    wait_ends_ = never;
    end_ += received;
    if (!error) {
        co_return Outcome::ready;
    }
    co_return expired_ ? Outcome::expired : Outcome::ended;
}

void ClientStream::send_now()
{
    while (sent_ < output_.size() && !broken_) {
        boost::system::error_code error;
        sent_ += socket_.write_some(asio::buffer(output_.data() + sent_, output_.size() - sent_), error);
        if (error == asio::error::would_block) {
            return;
        }
        broken_ = error.failed();
    }
    output_.clear();
    sent_ = 0;
}

Task<ClientStream::Outcome> ClientStream::wait_until_writable(Steady::time_point until)
{
    wait_ends_ = until;
    expired_ = false;
    const auto result = co_await socket_.async_wait(Socket::wait_write, asio::as_tuple(asio::use_awaitable));
    const auto& [error] = result;
    wait_ends_ = never;
    if (!error) {
        co_return Outcome::ready;
    }
    co_return expired_ ? Outcome::expired : Outcome::ended;
}

Task<ClientStream::Outcome> ClientStream::flush(LeastPace least)
{
    PaceMeter pace(least);
    send_now();
    while (has_output()) {
        const auto began = Steady::now();
        const auto unsent = output_.size() - sent_;
        const auto outcome = co_await wait_until_writable(pace.until());
        if (outcome == Outcome::ended) {
            co_return outcome;
        }
        send_now();
        const auto moved = unsent - (output_.size() - sent_);
        if (!pace.waited(began, moved) && has_output()) {
            co_return Outcome::expired;
        }
    }
    co_return broken_ ? Outcome::ended : Outcome::ready;
}

void ClientStream::finish_sending()
{
    boost::system::error_code ignored; // the other side may have closed before
    socket_.shutdown(Socket::shutdown_send, ignored);
}

void ClientStream::close()
{
    boost::system::error_code ignored;
    socket_.close(ignored);
}

void ClientStream::expire(Steady::time_point now)
{
    if (now < wait_ends_) {
        return;
    }
    wait_ends_ = never;
    expired_ = true;
    boost::system::error_code ignored;
    socket_.cancel(ignored);
}

bool ClientStream::has_unread_input() const
{
    boost::system::error_code ignored;
    return socket_.available(ignored) > 0;
}

}
