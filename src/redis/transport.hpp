#pragma once

#include "redis/location.hpp"
#include "runtime/task.hpp"

#include <cstddef>
#include <memory>
#include <string>
#include <string_view>

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/buffer.hpp>
#include <boost/asio/ssl/context.hpp>

namespace watchword::redis {

/// A stream of bytes to a server. Lives on one I/O thread. Every function throws boost::system::system_error when the
/// stream is of no use (any more). Has no deadlines: `close` ends whatever is awaited.
class Transport {
public:
    virtual ~Transport() = default;

    /// Opens the stream; with TLS, once the certificate has been found good for the host.
    virtual Task<> connect() = 0;

    /// At least one byte; throws at the end of the stream.
    virtual Task<std::size_t> read(asio::mutable_buffer into) = 0;

    /// All of the bytes.
    virtual Task<> write(std::string_view bytes) = 0;

    virtual void close() = 0;
};

/// TLS 1.2 or newer, whose peer must have a certificate that `ca_file` (PEM) vouches for, or the authorities of the
/// system where it is empty. Throws boost::system::system_error for a file that cannot be used.
asio::ssl::context make_tls_context(const std::string& ca_file);

/// Over TCP. Without `tls` in the clear. The name is looked up without blocking the thread.
std::unique_ptr<Transport> make_transport(const asio::any_io_executor& executor, const HostPort& server,
                                          asio::ssl::context* tls);

/// Over a Unix socket.
std::unique_ptr<Transport> make_transport(const asio::any_io_executor& executor, const std::string& socket_path);

}
