#pragma once

#include "base/secret.hpp"

#include <cstdint>
#include <expected>
#include <string>
#include <string_view>
#include <vector>

namespace watchword::redis {

/// A host and its port.
struct HostPort {
    std::string host; ///< a name, or an address without brackets
    std::uint16_t port = 0;

    /// `host:port`, an IPv6 address in brackets.
    std::string text() const;

    bool operator==(const HostPort&) const = default;
};

/// Where the Redis is that we use, and how to log in to it.
struct Location {
    enum class Encryption { none, tls };

    static constexpr std::uint16_t default_port = 6379;
    static constexpr std::uint16_t default_sentinel_port = 26379;

    std::vector<HostPort> hosts; ///< one; with a `master_name` the Sentinels; none with a `socket_path`
    std::string socket_path;     ///< of a Unix socket; empty: none
    std::string master_name;     ///< what the Sentinels call the master; empty: no Sentinels
    Encryption encryption = Encryption::none;
    std::string username; ///< empty: the user `default`
    SecretText password;  ///< empty: no login
    int database = 0;

    bool has_sentinels() const { return !master_name.empty(); }

    /// Reads
    ///
    ///     redis://[user:password@]host[:port][/database]              rediss://… the same over TLS
    ///     redis+sentinel://[user:password@]host[:port],…/name[/database]   rediss+sentinel://…
    ///     unix://[user:password@]/path/to/socket[?db=database]        redis+unix://… the same
    ///
    /// User and password are percent-encoded; either may be missing. An IPv6 address stands in brackets. The error is
    /// a sentence that repeats nothing of the text, since a password may be anywhere in it.
    static std::expected<Location, std::string> parse(std::string_view url);
};

}
