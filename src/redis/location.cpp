#include "redis/location.hpp"

#include <algorithm>
#include <charconv>
#include <optional>

#include <fmt/format.h>

namespace watchword::redis {
namespace {

constexpr int database_max = 1023;
constexpr std::size_t hosts_max = 16; // Sentinels; five are many
constexpr std::string_view encoding =
    "`@`, `:`, `/`, `?`, `#`, `%` and blanks in a user or password are percent-encoded: `@` is `%40`";

template <class Number>
std::optional<Number> whole_number(std::string_view text, Number most)
{
    Number number{};
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
    const bool all_digits = std::ranges::all_of(text, [](char c) { return c >= '0' && c <= '9'; });
    if (error != std::errc() || end != text.data() + text.size() || !all_digits || number > most) {
        return std::nullopt;
    }
    return number;
}

std::optional<std::string> percent_decoded(std::string_view text)
{
    std::string decoded;
    for (std::size_t i = 0; i < text.size(); ++i) {
        if (text[i] != '%') {
            decoded += text[i];
            continue;
        }
        unsigned byte = 0;
        const auto digits = text.substr(i + 1, 2);
        const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), byte, 16);
        if (digits.size() != 2 || error != std::errc() || end != digits.data() + 2) {
            return std::nullopt;
        }
        decoded += static_cast<char>(byte);
        i += 2;
    }
    return decoded;
}

/// Cuts off and returns what stands before `separator`; nothing where there is none.
std::optional<std::string_view> take_before(std::string_view& text, char separator)
{
    const auto at = text.find(separator);
    if (at == std::string_view::npos) {
        return std::nullopt;
    }
    const auto before = text.substr(0, at);
    text.remove_prefix(at + 1);
    return before;
}

bool is_host_character(char character)
{
    return (character >= 'a' && character <= 'z') || (character >= 'A' && character <= 'Z') ||
           (character >= '0' && character <= '9') || std::string_view("-._").contains(character);
}

/// `host`, `host:port`, `[::1]:port`
std::optional<HostPort> parse_host(std::string_view text, std::uint16_t default_port)
{
    HostPort parsed{.host = {}, .port = default_port};
    std::string_view port;
    if (text.starts_with('[')) {
        text.remove_prefix(1);
        const auto host = take_before(text, ']');
        const bool is_ipv6 = host && host->contains(':') && std::ranges::all_of(*host, [](char character) {
                                 return std::string_view("0123456789abcdefABCDEF:.").contains(character);
                             });
        if (!is_ipv6 || (!text.empty() && text.front() != ':')) {
            return std::nullopt;
        }
        parsed.host = *host;
        port = text;
    } else {
        const auto colon = std::min(text.find(':'), text.size());
        parsed.host = text.substr(0, colon);
        port = text.substr(colon);
        if (parsed.host.empty() || !std::ranges::all_of(parsed.host, is_host_character)) {
            return std::nullopt;
        }
    }
    if (!port.empty()) {
        const auto number = whole_number<std::uint16_t>(port.substr(1), 65535);
        if (!number || *number == 0) {
            return std::nullopt;
        }
        parsed.port = *number;
    }
    return parsed;
}

using Outcome = std::expected<void, std::string>;

Outcome wrong(std::string_view sentence)
{
    return std::unexpected(std::string(sentence));
}

Outcome read_login(std::string_view login, Location& location)
{
    const auto user = take_before(login, ':');
    auto name = percent_decoded(user.value_or(login));
    auto password = percent_decoded(user ? login : std::string_view());
    if (!name || !password || login.find_first_of(":?#") != std::string_view::npos) {
        return wrong(encoding);
    }
    if (!name->empty() && password->empty()) {
        return wrong("A user stands before a colon and a password, and a password alone after a colon");
    }
    location.username = std::move(*name);
    location.password = SecretText(std::move(*password));
    return {};
}

Outcome read_database(std::string_view text, Location& location)
{
    if (text.empty()) {
        return {};
    }
    const auto number = whole_number(text, database_max);
    if (!number) {
        return wrong("The database is a whole number from 0 to 1023");
    }
    location.database = *number;
    return {};
}

Outcome read_hosts(std::string_view list, Location& location, std::uint16_t default_port)
{
    while (true) {
        const auto first = take_before(list, ',');
        const auto host = parse_host(first.value_or(list), default_port);
        if (!host) {
            return std::unexpected(fmt::format("Host and port are not understood; {}", encoding));
        }
        location.hosts.push_back(*host);
        if (!first) {
            break;
        }
    }
    if (location.hosts.size() > hosts_max) {
        return wrong("At most 16 hosts");
    }
    return {};
}

Outcome read_socket(std::string_view rest, Location& location)
{
    std::string_view query;
    if (const auto path = take_before(rest, '?')) {
        query = rest;
        rest = *path;
    }
    const auto path = percent_decoded(rest);
    if (!path || !path->starts_with('/') || path->size() < 2 || path->size() > 107 || path->contains('\0')) {
        return wrong("The path of a Unix socket is absolute and has at most 107 bytes: `unix:///run/redis/redis.sock`");
    }
    location.socket_path = *path;
    if (!query.empty() && !query.starts_with("db=")) {
        return wrong("Only `?db=` may follow the path of a socket");
    }
    return read_database(query.empty() ? query : query.substr(3), location);
}

Outcome read_servers(std::string_view rest, Location& location, bool sentinels)
{
    std::string_view path;
    if (const auto authority = take_before(rest, '/')) {
        path = rest;
        rest = *authority;
    }
    if (path.contains('?') || path.contains('#') || rest.contains('?') || rest.contains('#')) {
        return std::unexpected(fmt::format("Nothing may follow the database; {}", encoding));
    }
    const auto port = sentinels ? Location::default_sentinel_port : Location::default_port;
    if (auto done = read_hosts(rest, location, port); !done) {
        return done;
    }
    if (sentinels) {
        const auto before = take_before(path, '/');
        const auto name = percent_decoded(before.value_or(path));
        path = before ? path : std::string_view();
        if (!name || name->empty()) {
            return wrong("The name of the master follows the Sentinels: `redis+sentinel://host:26379/mymaster/0`");
        }
        location.master_name = *name;
    } else if (location.hosts.size() > 1) {
        return wrong("Several hosts are Sentinels: `redis+sentinel://host1:26379,host2:26379/mymaster/0`");
    }
    return read_database(path, location);
}

struct Scheme {
    std::string_view name;
    Location::Encryption encryption;
    enum class Kind { server, sentinels, socket } kind;
};

constexpr Scheme schemes[] = {
    {"redis", Location::Encryption::none, Scheme::Kind::server},
    {"rediss", Location::Encryption::tls, Scheme::Kind::server},
    {"redis+sentinel", Location::Encryption::none, Scheme::Kind::sentinels},
    {"rediss+sentinel", Location::Encryption::tls, Scheme::Kind::sentinels},
    {"unix", Location::Encryption::none, Scheme::Kind::socket},
    {"redis+unix", Location::Encryption::none, Scheme::Kind::socket},
};

}

std::string HostPort::text() const
{
    return host.contains(':') ? fmt::format("[{}]:{}", host, port) : fmt::format("{}:{}", host, port);
}

std::expected<Location, std::string> Location::parse(std::string_view url)
{
    const auto scheme_end = std::min(url.find("://"), url.size());
    std::string name(url.substr(0, scheme_end));
    std::ranges::transform(name, name.begin(), [](char c) { return c >= 'A' && c <= 'Z' ? char(c - 'A' + 'a') : c; });
    const auto* const scheme = std::ranges::find(schemes, name, &Scheme::name);
    if (scheme_end == url.size() || scheme == std::end(schemes)) {
        return std::unexpected("Its scheme is not known");
    }
    auto rest = url.substr(scheme_end + 3);
    Location location{.encryption = scheme->encryption};
    // An @ of a password is encoded, so the last one ends the login.
    if (const auto at = rest.substr(0, rest.find('/')).rfind('@'); at != std::string_view::npos) {
        const auto login = rest.substr(0, at);
        if (login.contains('@')) {
            return std::unexpected(std::string(encoding));
        }
        if (auto done = read_login(login, location); !done) {
            return std::unexpected(done.error());
        }
        rest.remove_prefix(at + 1);
    }
    const auto done = scheme->kind == Scheme::Kind::socket
                          ? read_socket(rest, location)
                          : read_servers(rest, location, scheme->kind == Scheme::Kind::sentinels);
    if (!done) {
        return std::unexpected(done.error());
    }
    return location;
}

}
