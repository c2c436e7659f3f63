#include "http/address.hpp"

#include <algorithm>
#include <charconv>

#include <fmt/format.h>

namespace watchword::http {
namespace {

namespace ip = boost::asio::ip;

constexpr std::size_t text_max = 128; // the longest address has 45 characters, a zone is an interface's name

template <class Bytes>
std::string to_string(const Bytes& bytes)
{
    return {bytes.begin(), bytes.end()};
}

std::optional<unsigned> parse_number(std::string_view text, unsigned max)
{
    unsigned number = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
    if (error != std::errc{} || end != text.data() + text.size() || number > max) {
        return std::nullopt;
    }
    return number;
}

bool is_port(std::string_view text)
{
    return text.starts_with(':') && parse_number(text.substr(1), 65535).has_value();
}

std::string_view trim(std::string_view text)
{
    const auto begin = text.find_first_not_of(" \t");
    if (begin == std::string_view::npos) {
        return {};
    }
    return text.substr(begin, text.find_last_not_of(" \t") - begin + 1);
}

/// One element of X-Forwarded-For: `192.0.2.1`, `192.0.2.1:4711`, `2001:db8::1`, `[2001:db8::1]`, `[2001:db8::1]:4711`.
std::optional<Address> parse_hop(std::string_view text)
{
    if (text.starts_with('[')) {
        const auto end = text.find(']');
        if (end == std::string_view::npos) {
            return std::nullopt;
        }
        const auto inside = text.substr(1, end - 1);
        const auto behind = text.substr(end + 1);
        if (!inside.contains(':') || (!behind.empty() && !is_port(behind))) {
            return std::nullopt;
        }
        return Address::parse(inside);
    }
    if (std::ranges::count(text, ':') == 1) {
        const auto colon = text.find(':');
        return is_port(text.substr(colon)) ? Address::parse(text.substr(0, colon)) : std::nullopt;
    }
    return Address::parse(text);
}

/// `bytes` with every bit from `prefix` on cleared.
std::string masked(std::string bytes, std::size_t prefix)
{
    for (std::size_t i = 0; i < bytes.size(); ++i) {
        const auto kept = std::clamp<std::size_t>(prefix, 8 * i, 8 * i + 8) - 8 * i;
        bytes[i] = static_cast<char>(static_cast<unsigned char>(bytes[i]) & (0xff00U >> kept));
    }
    return bytes;
}

Address from_bytes(std::string_view bytes)
{
    if (bytes.size() == 4) {
        ip::address_v4::bytes_type v4;
        std::ranges::copy(bytes, v4.begin());
        return Address(ip::address_v4(v4));
    }
    ip::address_v6::bytes_type v6;
    std::ranges::copy(bytes, v6.begin());
    return Address(ip::address_v6(v6));
}

}

Address::Address(const ip::address& address)
{
    if (address.is_v4()) {
        address_ = address;
    } else if (const auto& v6 = address.to_v6(); v6.is_v4_mapped()) {
        address_ = ip::make_address_v4(ip::v4_mapped, v6);
    } else {
        address_ = ip::address_v6(v6.to_bytes());
    }
}

std::optional<Address> Address::parse(std::string_view text)
{
    const auto zone = text.find('%');
    const auto digits = text.substr(0, zone);
    const bool has_zone = zone != std::string_view::npos;
    if (text.size() > text_max || digits.find_first_not_of("0123456789abcdefABCDEF:.") != std::string_view::npos ||
        (has_zone && (zone + 1 == text.size() || !digits.contains(':')))) {
        return std::nullopt;
    }
    boost::system::error_code error;
    const auto address = ip::make_address(std::string(digits), error);
    return error ? std::nullopt : std::optional(Address(address));
}

std::string Address::bytes() const
{
    return address_.is_v4() ? to_string(address_.to_v4().to_bytes()) : to_string(address_.to_v6().to_bytes());
}

std::string limit_key(const Address& address)
{
    auto key = address.bytes();
    key.resize(std::min<std::size_t>(key.size(), 8));
    return key;
}

std::expected<Network, std::string> Network::parse(std::string_view text)
{
    const auto slash = text.find('/');
    const auto address = Address::parse(text.substr(0, slash));
    if (!address) {
        return std::unexpected(fmt::format("\"{}\" is no IP address", text.substr(0, slash)));
    }
    const std::size_t bits = 8 * address->bytes().size();
    if (slash == std::string_view::npos) {
        return Network(*address, bits);
    }
    // The prefix of an IPv4-mapped network counts from the start of the IPv6 notation.
    const std::size_t hidden = address->is_v4() && text.substr(0, slash).contains(':') ? 96 : 0;
    const auto prefix = parse_number(text.substr(slash + 1), static_cast<unsigned>(bits + hidden));
    if (!prefix || *prefix < hidden) {
        return std::unexpected(fmt::format("\"{}\" is no prefix length of {} (it has from {} to {} bits)",
                                           text.substr(slash + 1), text.substr(0, slash), hidden, bits + hidden));
    }
    Network network(*address, *prefix - hidden);
    const Network whole(from_bytes(masked(address->bytes(), network.prefix_)), network.prefix_);
    if (whole.address_ != network.address_) {
        return std::unexpected(fmt::format("\"{}\" has bits behind its prefix: write {} for the network, {} for the "
                                           "one address",
                                           text, whole.text(), address->text()));
    }
    return network;
}

bool Network::contains(const Address& address) const
{
    return address.is_v4() == address_.is_v4() && masked(address.bytes(), prefix_) == address_.bytes();
}

std::string Network::text() const
{
    return fmt::format("{}/{}", address_.text(), prefix_);
}

std::expected<TrustedProxies, std::string> TrustedProxies::parse(std::string_view text)
{
    constexpr std::string_view separators = ", \t\r\n";
    TrustedProxies proxies;
    while (true) {
        const auto begin = text.find_first_not_of(separators);
        if (begin == std::string_view::npos) {
            return proxies;
        }
        text.remove_prefix(begin);
        const auto item = text.substr(0, text.find_first_of(separators));
        text.remove_prefix(item.size());
        const auto network = Network::parse(item);
        if (!network) {
            return std::unexpected(fmt::format("{}. Accepted are addresses and networks, separated by commas, for "
                                               "example \"127.0.0.1, 10.0.0.0/8, 2001:db8::/32\"",
                                               network.error()));
        }
        proxies.networks_.push_back(*network);
    }
}

bool TrustedProxies::contains(const Address& address) const
{
    return std::ranges::any_of(networks_, [&](const Network& network) { return network.contains(address); });
}

Address TrustedProxies::client(const Address& peer, std::string_view forwarded_for) const
{
    auto client = peer;
    auto unread = forwarded_for;
    for (std::size_t hop = 0; hop < hops_max && contains(client); ++hop) {
        const auto comma = unread.rfind(',');
        const auto begin = comma == std::string_view::npos ? 0 : comma + 1;
        const auto address = parse_hop(trim(unread.substr(begin)));
        if (!address || forwarded_for.size() - begin > bytes_max) {
            break;
        }
        client = *address;
        if (begin == 0) {
            break;
        }
        unread = unread.substr(0, comma);
    }
    return client;
}

}
