#pragma once

#include "tests/support/free_port.hpp"
#include "tests/support/temporary_folder.hpp"

#include <chrono>
#include <cstdint>
#include <initializer_list>
#include <string>
#include <string_view>
#include <vector>

#include <sys/types.h>

namespace watchword::tests {

/// A real redis-server, or a Sentinel, on a free port of 127.0.0.1 with a folder of its own. It keeps nothing on disk
/// and ends with the test, however that ends.
class RedisServer {
public:
    struct Options {
        bool tls = false;                    ///< also on `tls_port()`, with a certificate for `localhost` and 127.0.0.1
        bool moved_clock = false;            ///< its clock can be moved with `advance`
        std::string password{};              ///< of the user `default`
        std::vector<std::string> settings{}; ///< further lines of its configuration
        std::string first_argument{};        ///< `--sentinel`
    };

    RedisServer() : RedisServer(Options{}) {}
    explicit RedisServer(Options options);
    ~RedisServer();

    RedisServer(const RedisServer&) = delete;
    RedisServer& operator=(const RedisServer&) = delete;

    std::uint16_t port() const { return port_; }
    std::uint16_t tls_port() const { return tls_port_; }
    std::string socket_path() const { return (folder_.path() / "redis.sock").string(); }
    std::string ca_file() const { return (folder_.path() / "certificate.pem").string(); }

    void kill();
    void start(); ///< again, empty, on the same ports
    void freeze();
    void thaw();

    /// Says something on a connection of its own and returns the reply as text: elements of arrays one a line.
    std::string say(std::initializer_list<std::string> words) const;

    /// Moves its clock on, or back. With `moved_clock` only.
    void advance(std::chrono::nanoseconds by);

private:
    void make_certificate() const;
    void write_configuration() const;
    void write_time() const;
    bool is_listening() const;

    Options options_;
    TemporaryFolder folder_;
    std::uint16_t port_;
    std::uint16_t tls_port_;
    std::chrono::nanoseconds ahead_{0};
    ::pid_t process_ = 0;
};

}
