#pragma once

#include <cstddef>
#include <expected>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <boost/asio/ip/address.hpp>

namespace watchword::http {

/// An IP address in one canonical form: an IPv4-mapped IPv6 address is the IPv4 address, a zone is dropped. So two
/// notations of one address are equal, and equal addresses have one text. Small enough to be copied.
class Address {
public:
    /// 0.0.0.0, which is nobody's address.
    Address() = default;
    explicit Address(const boost::asio::ip::address& address);

    /// Reads the notations of RFC 4291 §2.2 and dotted decimal without leading zeros, with nothing before or behind; a
    /// zone (RFC 4007 §11) may follow an IPv6 address. Nothing for any other text.
    static std::optional<Address> parse(std::string_view text);

    bool is_v4() const { return address_.is_v4(); }
    bool is_loopback() const { return address_.is_loopback(); }
    const boost::asio::ip::address& value() const { return address_; }

    /// The canonical text (RFC 5952), without a port.
    std::string text() const { return address_.to_string(); }

    /// The 4 or 16 bytes in network order.
    std::string bytes() const;

    bool operator==(const Address&) const = default;

private:
    boost::asio::ip::address address_;
};

/// What counts as one client where requests are counted: the address itself for IPv4 (4 bytes), the /64 for IPv6
/// (8 bytes), for whoever has one address of a /64 has all of them. The first bytes name the wider network, so a key
/// without its last two bytes is the /16 or the /48 around it.
std::string limit_key(const Address& address);

/// All addresses that begin with the same bits: `10.0.0.0/8`, `2001:db8::/32`.
class Network {
public:
    /// Reads an address, which is a network of one, or a network in CIDR notation (RFC 4632 §3.1). Refuses bits behind
    /// the prefix, since such a text may mean the address or the network. The error says what is wrong.
    static std::expected<Network, std::string> parse(std::string_view text);

    bool contains(const Address& address) const;

    /// `10.0.0.0/8`; a network of one address is written with its prefix too.
    std::string text() const;

private:
    Network(const Address& address, std::size_t prefix) : address_(address), prefix_(prefix) {}

    Address address_;
    std::size_t prefix_; ///< in bits
};

/// The networks whose word about the client counts (`TRUSTED_PROXIES`). Made once at the start, read from every thread.
class TrustedProxies {
public:
    /// How much of X-Forwarded-For is read, from the right: more hops than any real chain of proxies has.
    static constexpr std::size_t hops_max = 20;
    static constexpr std::size_t bytes_max = 1024;

    /// Trusts nobody: every peer is the client itself.
    TrustedProxies() = default;

    /// Reads addresses and networks separated by commas or blanks. The error quotes the first that is wrong and says
    /// what is accepted.
    static std::expected<TrustedProxies, std::string> parse(std::string_view text);

    bool empty() const { return networks_.empty(); }
    bool contains(const Address& address) const;

    /// Who is asking, when `peer` holds the socket and the request carried these values of X-Forwarded-For (several
    /// lines joined with commas; empty: none).
    ///
    /// Each hop appends the address that it saw, so the list is read from the right, and only as long as what was read
    /// is a trusted proxy: what stands further left is the word of a stranger. Ports and brackets are dropped. At
    /// something that is no address, and at the bounds above, the last trusted hop is taken for the client.
    Address client(const Address& peer, std::string_view forwarded_for) const;

private:
    std::vector<Network> networks_;
};

}

template <>
struct std::hash<watchword::http::Address> {
    std::size_t operator()(const watchword::http::Address& address) const noexcept
    {
        return std::hash<boost::asio::ip::address>()(address.value());
    }
};
