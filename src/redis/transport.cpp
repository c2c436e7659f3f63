#include "redis/transport.hpp"

#include "redis/name_lookup.hpp"

#include <utility>

#include <boost/asio/connect.hpp>
#include <boost/asio/local/stream_protocol.hpp>
#include <boost/asio/ssl/host_name_verification.hpp>
#include <boost/asio/ssl/stream.hpp>
#include <boost/asio/write.hpp>
#include <openssl/ssl.h>

namespace watchword::redis {
namespace {

using asio::ip::tcp;

template <class Stream>
Task<std::size_t> read_from(Stream& stream, asio::mutable_buffer into)
{
    co_return co_await stream.async_read_some(into, asio::use_awaitable);
}

template <class Stream>
Task<> write_to(Stream& stream, std::string_view bytes)
{
    co_await asio::async_write(stream, asio::buffer(bytes), asio::use_awaitable);
}

/// What both transports over TCP begin with.
class TcpConnector {
public:
    TcpConnector(const asio::any_io_executor& executor, HostPort server) : server_(std::move(server)), lookup_(executor)
    {
    }

    const std::string& host() const { return server_.host; }

    Task<> connect(tcp::socket& socket)
    {
        const auto addresses = co_await lookup_.find(server_.host, server_.port);
        co_await asio::async_connect(socket, addresses, asio::use_awaitable);
        socket.set_option(tcp::no_delay(true)); // a command must not wait for the acknowledgement of the one before
    }

    void cancel() { lookup_.cancel(); }

private:
    HostPort server_;
    NameLookup lookup_;
};

class TcpTransport final : public Transport {
public:
    TcpTransport(const asio::any_io_executor& executor, const HostPort& server)
        : connector_(executor, server), socket_(executor)
    {
    }

    Task<> connect() override { return connector_.connect(socket_); }
    Task<std::size_t> read(asio::mutable_buffer into) override { return read_from(socket_, into); }
    Task<> write(std::string_view bytes) override { return write_to(socket_, bytes); }

    void close() override
    {
        connector_.cancel();
        boost::system::error_code ignored;
        socket_.close(ignored);
    }

private:
    TcpConnector connector_;
    tcp::socket socket_;
};

class TlsTransport final : public Transport {
public:
    TlsTransport(const asio::any_io_executor& executor, const HostPort& server, asio::ssl::context& tls)
        : connector_(executor, server), stream_(executor, tls)
    {
        stream_.set_verify_callback(asio::ssl::host_name_verification(server.host));
    }

    Task<> connect() override
    {
        co_await connector_.connect(stream_.next_layer());
        boost::system::error_code is_no_address;
        asio::ip::make_address(connector_.host(), is_no_address);
        if (is_no_address) { // RFC 6066 §3: addresses are no names of servers
            SSL_set_tlsext_host_name(stream_.native_handle(), connector_.host().c_str());
        }
        co_await stream_.async_handshake(asio::ssl::stream_base::client, asio::use_awaitable);
    }

    Task<std::size_t> read(asio::mutable_buffer into) override { return read_from(stream_, into); }
    Task<> write(std::string_view bytes) override { return write_to(stream_, bytes); }

    void close() override
    {
        connector_.cancel();
        boost::system::error_code ignored;
        stream_.next_layer().close(ignored);
    }

private:
    TcpConnector connector_;
    asio::ssl::stream<tcp::socket> stream_;
};

class UnixTransport final : public Transport {
public:
    UnixTransport(const asio::any_io_executor& executor, std::string path) : path_(std::move(path)), socket_(executor)
    {
    }

    Task<> connect() override
    {
        const asio::local::stream_protocol::endpoint endpoint(path_);
        co_await socket_.async_connect(endpoint, asio::use_awaitable);
    }

    Task<std::size_t> read(asio::mutable_buffer into) override { return read_from(socket_, into); }
    Task<> write(std::string_view bytes) override { return write_to(socket_, bytes); }

    void close() override
    {
        boost::system::error_code ignored;
        socket_.close(ignored);
    }

private:
    std::string path_;
    asio::local::stream_protocol::socket socket_;
};

}

asio::ssl::context make_tls_context(const std::string& ca_file)
{
    asio::ssl::context tls(asio::ssl::context::tls_client);
    SSL_CTX_set_min_proto_version(tls.native_handle(), TLS1_2_VERSION);
    tls.set_verify_mode(asio::ssl::verify_peer);
    if (ca_file.empty()) {
        tls.set_default_verify_paths();
    } else {
        tls.load_verify_file(ca_file);
    }
    return tls;
}

std::unique_ptr<Transport> make_transport(const asio::any_io_executor& executor, const HostPort& server,
                                          asio::ssl::context* tls)
{
    if (tls) {
        return std::make_unique<TlsTransport>(executor, server, *tls);
    }
    return std::make_unique<TcpTransport>(executor, server);
}

std::unique_ptr<Transport> make_transport(const asio::any_io_executor& executor, const std::string& socket_path)
{
    return std::make_unique<UnixTransport>(executor, socket_path);
}

}
