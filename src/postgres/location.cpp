#include "postgres/location.hpp"

#include <algorithm>
#include <map>
#include <memory>
#include <optional>
#include <sstream>

#include <fmt/format.h>
#include <libpq-fe.h>

namespace watchword::postgres {
namespace {

constexpr std::string_view accepted_form = "It is no URL of PostgreSQL: postgresql://user:password@host:5432/database, "
                                           "with @ : / and % percent-encoded in user and password";

bool is_driver_character(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_';
}

/// What stands behind `postgresql://` and its like; nothing where the text does not begin so.
std::optional<std::string_view> without_scheme(std::string_view url)
{
    const auto end = url.find("://");
    if (end == std::string_view::npos) {
        return std::nullopt;
    }
    auto scheme = std::string(url.substr(0, end)); // SQLAlchemy takes it in any case
    std::ranges::transform(scheme, scheme.begin(),
                           [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; });
    const auto plus = scheme.find('+');
    const auto name = scheme.substr(0, plus);
    if (name != "postgresql" && name != "postgres") {
        return std::nullopt;
    }
    if (plus != std::string_view::npos &&
        (plus + 1 == scheme.size() ||
         !std::all_of(scheme.begin() + static_cast<std::ptrdiff_t>(plus) + 1, scheme.end(), is_driver_character))) {
        return std::nullopt;
    }
    return url.substr(end + 3);
}

/// `ssl=` is what asyncpg calls `sslmode=`.
std::string with_libpq_words(std::string_view rest)
{
    const auto query = rest.find('?');
    std::string text(rest);
    for (auto at = query; at != std::string::npos; at = text.find('&', at + 1)) {
        if (text.compare(at + 1, 4, "ssl=") == 0) {
            text.replace(at + 1, 3, "sslmode");
        }
    }
    return text;
}

using Options = std::unique_ptr<PQconninfoOption, decltype(&PQconninfoFree)>;

/// The name of a parameter that libpq does not know can be told: it stands behind the question mark.
std::string reason(const char* message)
{
    constexpr std::string_view unknown_parameter = "invalid URI query parameter: ";
    const std::string_view text = message ? message : "";
    if (text.starts_with(unknown_parameter) && text.size() < 100) {
        const auto name = text.substr(unknown_parameter.size());
        return fmt::format("libpq knows no parameter {}", name.substr(0, name.find('\n')));
    }
    return std::string(accepted_form);
}

std::string describe(const Options& options)
{
    std::map<std::string, std::string> values;
    for (const auto* option = options.get(); option->keyword; ++option) {
        values[option->keyword] = option->val ? option->val : "";
    }
    std::string hosts;
    std::istringstream names(values["host"].empty() ? values["hostaddr"] : values["host"]);
    std::istringstream ports(values["port"]);
    std::string port;
    for (std::string name; std::getline(names, name, ',');) {
        std::getline(ports, port, ','); // one port may stand for all hosts
        const bool is_socket = name.starts_with('/');
        hosts += fmt::format("{}{}{}{}", hosts.empty() ? "" : ",", name, port.empty() || is_socket ? "" : ":",
                             is_socket ? "" : port);
    }
    return fmt::format("{}/{}", hosts.empty() ? "the local socket" : hosts,
                       values["dbname"].empty() ? values["user"] : values["dbname"]);
}

}

std::expected<Location, std::string> Location::parse(std::string_view url)
{
    const auto rest = without_scheme(url);
    if (!rest) {
        return std::unexpected(std::string(accepted_form));
    }
    SecretText known("postgresql://" + with_libpq_words(*rest));
    char* message = nullptr;
    const Options options(PQconninfoParse(known.reveal().c_str(), &message), PQconninfoFree);
    const std::unique_ptr<char, decltype(&PQfreemem)> owned(message, PQfreemem);
    if (!options) {
        return std::unexpected(reason(message));
    }
    auto description = describe(options);
    return Location(std::move(known), std::move(description));
}

}
