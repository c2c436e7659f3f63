#pragma once

#include <coroutine>
#include <exception>
#include <optional>
#include <utility>
#include <variant>

#include <boost/asio/awaitable.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>

namespace watchword {

namespace asio = boost::asio;

/// A lazy coroutine on the I/O thread of its request. The only header that includes Asio's coroutine machinery.
template <class T = void>
using Task = asio::awaitable<T>;

}
