#include "http/server.hpp"

#include "http/server_thread.hpp"
#include "runtime/deadline.hpp"

#include <algorithm>
#include <stdexcept>
#include <string>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/ip/v6_only.hpp>
#include <boost/asio/post.hpp>
#include <fmt/format.h>

namespace watchword::http {
namespace {

using asio::ip::tcp;

std::string text_of(const tcp::endpoint& address)
{
    const auto host = address.address().to_string();
    return address.address().is_v6() ? fmt::format("[{}]:{}", host, address.port())
                                     : fmt::format("{}:{}", host, address.port());
}

std::string what_to_do(const boost::system::error_code& error)
{
    if (error == asio::error::address_in_use) {
        return "another program listens there; stop it or choose another port";
    }
    if (error == asio::error::access_denied) {
        return "ports below 1024 need the capability CAP_NET_BIND_SERVICE; choose another port or grant it";
    }
    if (error == boost::system::errc::address_not_available) {
        return "this machine has no such address";
    }
    return error.message();
}

bool has_ipv4_twin(const tcp::endpoint& address, const std::vector<tcp::endpoint>& addresses)
{
    return std::ranges::any_of(addresses, [&](const tcp::endpoint& other) {
        return other.address().is_v4() && other.port() == address.port() && address.port() != 0;
    });
}

tcp::acceptor listen_on(asio::io_context& context, const tcp::endpoint& address,
                        const std::vector<tcp::endpoint>& addresses)
{
    try {
        tcp::acceptor listener(context);
        listener.open(address.protocol());
        listener.set_option(tcp::acceptor::reuse_address(true)); // connections of the last run may still be closing
        if (address.address().is_v6()) {
            const bool takes_ipv4_too = address.address().is_unspecified() && !has_ipv4_twin(address, addresses);
            listener.set_option(asio::ip::v6_only(!takes_ipv4_too));
        }
        listener.bind(address);
        listener.listen();
        return listener;
    } catch (const boost::system::system_error& error) {
        throw std::runtime_error(fmt::format("cannot listen on {}: {}", text_of(address), what_to_do(error.code())));
    }
}

}

Server::Server(IoThreads& threads, const std::vector<tcp::endpoint>& addresses, const Pipeline& pipeline,
               ServerOptions options)
    : options_(options), limits_(options_.connections_max, options_.connections_per_client_max, pipeline.proxies())
{
    for (std::size_t i = 0; i < threads.count(); ++i) {
        threads_.push_back(std::make_unique<ServerThread>(threads.context(i), pipeline, options_.connection, limits_));
    }
    for (const auto& address : addresses) {
        auto listener = listen_on(threads.context(0), address, addresses);
        addresses_.push_back(listener.local_endpoint());
        for (auto& thread : threads_) {
            thread->listen(listener);
        }
    }
}

Server::~Server() = default;

void Server::start()
{
    for (auto& thread : threads_) {
        asio::post(thread->context(), [&thread = *thread] { thread.start(); });
    }
}

void Server::drain()
{
    for (auto& thread : threads_) {
        asio::post(thread->context(), [&thread = *thread] { thread.drain(); });
    }
}

Task<> Server::stop()
{
    const auto until = Deadline::after(options_.stop_timeout);
    for (auto& thread : threads_) {
        asio::post(thread->context(), [&thread = *thread, until] { thread.begin_stop(until); });
    }
    for (auto& thread : threads_) {
        co_await asio::co_spawn(thread->context(), thread->stopped(), asio::use_awaitable);
    }
}

}
