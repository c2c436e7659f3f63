#include "app/settings_values.hpp"

#include "http/address.hpp"
#include "mail/address.hpp"

#include <algorithm>
#include <array>

#include <fmt/format.h>

namespace watchword {
namespace {

bool is_one_of(char character, std::string_view characters)
{
    return characters.contains(character);
}

bool is_lower_or_digit(char character)
{
    return (character >= 'a' && character <= 'z') || (character >= '0' && character <= '9');
}

Parsed<std::uint16_t> parse_port(std::string_view text)
{
    const auto number = parse_whole_number(text);
    if (!number || *number < 0 || *number > 65535 || !std::ranges::all_of(text, is_lower_or_digit)) {
        return std::unexpected(fmt::format("\"{}\" is no port", shown_whole(text)));
    }
    return static_cast<std::uint16_t>(*number);
}

Parsed<Endpoint> parse_endpoint(std::string_view text)
{
    const auto colon = text.rfind(':');
    if (colon == std::string_view::npos || colon == 0) {
        return std::unexpected(fmt::format("\"{}\" lacks {}", shown_whole(text),
                                           colon == 0 ? "an address: for every one write 0.0.0.0 or [::]" : "a port"));
    }
    auto address = text.substr(0, colon);
    if (address.contains(':')) {
        if (!address.starts_with('[') || !address.ends_with(']')) {
            return std::unexpected("An IPv6 address stands in brackets: `[::1]:8000`");
        }
        address = address.substr(1, address.size() - 2);
    }
    auto parsed = parse_listen_address(address);
    auto port = parse_port(text.substr(colon + 1));
    if (!parsed || !port) {
        return std::unexpected(!parsed ? parsed.error() : port.error());
    }
    return Endpoint{std::move(*parsed), *port};
}

std::vector<std::string_view> split(std::string_view text, std::string_view separators)
{
    std::vector<std::string_view> parts;
    while (!text.empty()) {
        const auto size = std::min(text.find_first_of(separators), text.size());
        if (size > 0) {
            parts.push_back(text.substr(0, size));
        }
        text.remove_prefix(std::min(size + 1, text.size()));
    }
    return parts;
}

/// Drops what JSON puts around the elements of a list. The brackets of an IPv6 address stay.
std::string_view without_list_marks(std::string_view text)
{
    while (!text.empty() && is_one_of(text.front(), "[\"'")) {
        text.remove_prefix(1);
    }
    while (!text.empty() && (is_one_of(text.back(), "\"'") ||
                             (text.back() == ']' && std::ranges::count(text, ']') > std::ranges::count(text, '[')))) {
        text.remove_suffix(1);
    }
    return text;
}

bool is_host(std::string_view host)
{
    if (host.starts_with('[') && host.ends_with(']')) {
        const auto address = http::Address::parse(host.substr(1, host.size() - 2));
        return address && host.contains(':');
    }
    return !host.empty() && std::ranges::all_of(host, [](char character) {
        return is_lower_or_digit(character) || is_one_of(character, "-._");
    });
}

Parsed<std::string> parse_origin(std::string_view text)
{
    const auto wrong = [&](std::string_view reason) {
        return std::unexpected(fmt::format("\"{}\" is no origin: {}", shown_whole(text), reason));
    };
    std::string origin = lower_case(text);
    if (origin.ends_with('/') && !origin.ends_with("//")) {
        origin.pop_back();
    }
    const auto scheme_end = origin.find("://");
    if (scheme_end == std::string::npos || scheme_end == 0) {
        return wrong("it does not begin with `https://` or another scheme");
    }
    const auto scheme = std::string_view(origin).substr(0, scheme_end);
    if (!std::ranges::all_of(scheme, [](char c) { return is_lower_or_digit(c) || is_one_of(c, "+-."); })) {
        return wrong("its scheme has other characters than letters, digits, `+`, `-` and `.`");
    }
    const auto authority = std::string_view(origin).substr(scheme_end + 3);
    if (authority.contains('*')) {
        return wrong("patterns are not understood, write each origin");
    }
    const auto port_colon = authority.ends_with(']') ? std::string_view::npos : authority.rfind(':');
    const auto host = authority.substr(0, port_colon);
    if (!is_host(host)) {
        return wrong("scheme, host and port are all that it has; an international domain is written `xn--…`");
    }
    if (port_colon != std::string_view::npos) {
        const auto port = parse_port(authority.substr(port_colon + 1));
        if (!port) {
            return wrong(port.error());
        }
        if ((scheme == "http" && *port == 80) || (scheme == "https" && *port == 443)) {
            return fmt::format("{}://{}", scheme, host);
        }
        return fmt::format("{}://{}:{}", scheme, host, *port);
    }
    return origin;
}

constexpr std::array sqlite_drivers{"sqlite", "sqlite+pysqlite", "sqlite+aiosqlite"};

}

Parsed<std::string> parse_listen_address(std::string_view text)
{
    text = trimmed(text);
    if (lower_case(text) == "localhost") {
        return "127.0.0.1";
    }
    const auto address = http::Address::parse(text);
    if (!address) {
        return std::unexpected(fmt::format("\"{}\" is no IP address", shown_whole(text)));
    }
    return address->text();
}

Parsed<std::vector<Endpoint>> parse_endpoints(std::string_view text)
{
    std::vector<Endpoint> endpoints;
    for (const auto part : split(text, ", \t")) {
        auto endpoint = parse_endpoint(part);
        if (!endpoint) {
            return std::unexpected(endpoint.error());
        }
        if (std::ranges::find(endpoints, *endpoint) == endpoints.end()) {
            endpoints.push_back(std::move(*endpoint));
        }
    }
    if (endpoints.empty()) {
        return std::unexpected("");
    }
    return endpoints;
}

Parsed<std::string> parse_trusted_proxies(std::string_view text)
{
    if (const auto proxies = http::TrustedProxies::parse(text); !proxies) {
        return std::unexpected(without_what_is_accepted(proxies.error()));
    }
    return std::string(text);
}

Parsed<std::vector<std::string>> parse_origins(std::string_view text)
{
    std::vector<std::string> origins;
    for (const auto part : split(text, ",; \t\r\n\f\v")) {
        const auto bare = without_list_marks(part);
        if (bare == "*") {
            return std::vector<std::string>{"*"};
        }
        if (bare.empty()) {
            continue;
        }
        auto origin = parse_origin(bare);
        if (!origin) {
            return std::unexpected(origin.error());
        }
        if (std::ranges::find(origins, *origin) == origins.end()) {
            origins.push_back(std::move(*origin));
        }
    }
    return origins;
}

Parsed<std::filesystem::path> parse_sqlite_url(std::string_view text)
{
    text = trimmed(text);
    const auto scheme_end = std::min(text.find("://"), text.size());
    const std::string scheme = lower_case(text.substr(0, scheme_end));
    if (std::ranges::find(sqlite_drivers, scheme) == sqlite_drivers.end()) {
        return std::unexpected("");
    }
    const auto rest = text.substr(std::min(scheme_end + 3, text.size()));
    if (rest.empty() || rest == "/" || rest == "/:memory:") {
        return std::unexpected("It names a database in memory, which would lose every account at the next stop");
    }
    if (!rest.starts_with('/')) {
        return std::unexpected("A path follows after three slashes, an absolute one after four");
    }
    if (rest.contains('?')) {
        return std::unexpected("Nothing may follow the path");
    }
    return parse_path(rest.substr(1));
}

Parsed<SecretText> parse_postgres_url(std::string_view text)
{
    text = trimmed(text);
    const auto scheme_end = text.find("://");
    const std::string scheme = lower_case(text.substr(0, std::min(scheme_end, text.size())));
    const bool is_server = scheme == "postgres" || scheme == "postgresql" || scheme.starts_with("postgresql+");
    if (!is_server || scheme_end == std::string_view::npos) {
        return SecretText{};
    }
    const auto rest = text.substr(scheme_end + 3);
    if (rest.contains('\0') || rest.contains(' ') || rest.contains('\n')) {
        return std::unexpected("It contains a blank; write `%20` where one belongs to a name or password");
    }
    return SecretText(fmt::format("postgresql://{}", rest));
}

Parsed<std::string> parse_mail_address(std::string_view text)
{
    text = trimmed(text);
    if (!mail::parse_address(text)) {
        return std::unexpected("");
    }
    return std::string(text);
}

std::string shown_as_url(std::string_view text)
{
    constexpr std::array known{"postgres", "mysql", "mariadb", "redis", "rediss", "unix"};
    const auto scheme_end = std::min(text.find("://"), text.size());
    const std::string scheme = lower_case(trimmed(text.substr(0, scheme_end)));
    if (scheme.starts_with("sqlite") && !text.contains('@')) {
        return shown_whole(text);
    }
    // What has no scheme that we know could be a password altogether.
    const bool is_known = std::ranges::any_of(known, [&](const char* name) { return scheme.starts_with(name); });
    return is_known && scheme_end < text.size() && scheme.size() < 40 ? fmt::format("{}://…", shown_whole(scheme))
                                                                      : shown_as_secret(text);
}

Parsed<std::string> parse_server(std::string_view text)
{
    const auto server = lower_case(trimmed(text));
    if (server.contains("://")) {
        return std::unexpected("It begins with a scheme: leave that out, and say in MINIO_SECURE whether it is https");
    }
    const auto colon = server.ends_with(']') ? std::string::npos : server.rfind(':');
    const auto port = colon == std::string::npos ? Parsed<std::uint16_t>(0) : parse_port(server.substr(colon + 1));
    if (!port) {
        return std::unexpected(port.error());
    }
    if (!is_host(std::string_view(server).substr(0, colon)) || (colon != std::string::npos && *port == 0)) {
        return std::unexpected("");
    }
    return server;
}

Parsed<std::string> parse_bucket(std::string_view text)
{
    const auto bucket = trimmed(text);
    const bool is_one =
        bucket.size() >= 3 && bucket.size() <= 63 && is_lower_or_digit(bucket.front()) &&
        is_lower_or_digit(bucket.back()) && !bucket.contains("..") &&
        std::ranges::all_of(bucket, [](char c) { return is_lower_or_digit(c) || c == '-' || c == '.'; });
    return is_one ? Parsed<std::string>(bucket) : std::unexpected("");
}

Parsed<std::string> parse_word(std::string_view text)
{
    const auto word = trimmed(text);
    const bool is_one = !word.empty() && std::ranges::all_of(lower_case(word), [](char c) {
        return is_lower_or_digit(c) || c == '-' || c == '_';
    });
    return is_one ? Parsed<std::string>(word) : std::unexpected("");
}

}
