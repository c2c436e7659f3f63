#include "http/client_stream.hpp"

#include <algorithm>
#include <cstring>
#include <utility>

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/buffer.hpp>
#include <boost/asio/post.hpp>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>

namespace watchword::http {
namespace {

constexpr std::size_t idle_output_bytes = 4 * 1024;

constexpr std::string_view plain_http_answer = "HTTP/1.1 400 Bad Request\r\n"
                                               "Content-Type: application/json\r\n"
                                               "Content-Length: 44\r\n"
                                               "Connection: close\r\n"
                                               "\r\n"
                                               "{\"detail\":\"This port speaks TLS: use https\"}";

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

ClientStream::ClientStream(Socket socket, const TlsCertificate* certificate) : socket_(std::move(socket))
{
    if (certificate) {
        tls_.emplace(*certificate, socket_.native_handle());
    }
    boost::system::error_code ignored; // a client that is gone already shows at the first read
    socket_.non_blocking(true, ignored);
    socket_.set_option(asio::ip::tcp::no_delay(true), ignored);
}

void ClientStream::acknowledge_now()
{
    const int on = 1;
    ::setsockopt(socket_.native_handle(), IPPROTO_TCP, TCP_QUICKACK, &on, sizeof on);
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
    if (tls_) {
        co_return co_await receive_over_tls(until);
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

Task<ClientStream::Outcome> ClientStream::receive_over_tls(Steady::time_point until)
{
    for (bool has_waited = false;; has_waited = true) {
        const auto step = tls_->read(input_.get() + end_, capacity_ - end_);
        end_ += step.bytes;
        if (step.outcome == TlsSession::Outcome::done) {
            if (!has_waited) {
                // Whoever sends faster than we read would else never let the others of this thread have their turn.
                co_await asio::post(executor(), asio::use_awaitable);
            }
            co_return Outcome::ready;
        }
        if (const auto outcome = co_await wait_for(step.outcome, until); outcome != Outcome::ready) {
            co_return outcome;
        }
    }
}

Task<ClientStream::Outcome> ClientStream::shake_hands(Steady::time_point until)
{
    for (;;) {
        const auto step = tls_->shake_hands();
        if (step == TlsSession::Outcome::done) {
            co_return Outcome::ready;
        }
        if (step == TlsSession::Outcome::plain_http) {
            boost::system::error_code ignored; // it was told as well as it can be
            socket_.write_some(asio::buffer(plain_http_answer), ignored);
        }
        if (const auto outcome = co_await wait_for(step, until); outcome != Outcome::ready) {
            co_return outcome;
        }
    }
}

std::size_t ClientStream::write_some(boost::system::error_code& error)
{
    const auto unsent = std::string_view(output_).substr(sent_);
    if (!tls_) {
        return socket_.write_some(asio::buffer(unsent), error);
    }
    const auto step = tls_->write(unsent.data(), unsent.size());
    if (step.outcome == TlsSession::Outcome::wants_write) {
        error = asio::error::would_block;
    } else if (step.outcome != TlsSession::Outcome::done) {
        error = asio::error::broken_pipe; // a session that is open never has to read in order to write
    }
    return step.bytes;
}

void ClientStream::send_now()
{
    while (sent_ < output_.size() && !broken_) {
        boost::system::error_code error;
        sent_ += write_some(error);
        if (error == asio::error::would_block) {
            return;
        }
        broken_ = error.failed();
    }
    output_.clear();
    sent_ = 0;
}

Task<ClientStream::Outcome> ClientStream::wait_for(TlsSession::Outcome wanted, Steady::time_point until)
{
    if (wanted != TlsSession::Outcome::wants_read && wanted != TlsSession::Outcome::wants_write) {
        co_return Outcome::ended;
    }
    const auto what = wanted == TlsSession::Outcome::wants_read ? Socket::wait_read : Socket::wait_write;
    co_return co_await wait_for(what, until);
}

Task<ClientStream::Outcome> ClientStream::wait_for(Socket::wait_type what, Steady::time_point until)
{
    wait_ends_ = until;
    expired_ = false;
    const auto result = co_await socket_.async_wait(what, asio::as_tuple(asio::use_awaitable));
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
        const auto outcome = co_await wait_for(Socket::wait_write, pace.until());
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
    if (tls_) {
        tls_->finish_sending();
    }
    boost::system::error_code ignored; // the other side may have closed before
    socket_.shutdown(Socket::shutdown_send, ignored);
}

void ClientStream::close()
{
    if (tls_) {
        tls_->finish_sending();
        tls_->let_go_of_socket();
    }
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
    if (tls_ && tls_->has_unread_input()) {
        return true;
    }
    boost::system::error_code ignored;
    return socket_.available(ignored) > 0;
}

}
