#include "postgres/location.hpp"

#include <algorithm>
#include <memory>
#include <optional>

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

std::vector<std::string> between_commas(std::string_view text)
{
    std::vector<std::string> parts;
    for (std::size_t begin = 0, end = 0; end != std::string_view::npos; begin = end + 1) {
        end = text.find(',', begin);
        parts.emplace_back(text.substr(begin, end - begin));
    }
    return parts;
}

/// Takes `list` for as many hosts as there are: one of it may stand for all. Nothing where it does not fit.
std::optional<std::vector<std::string>> for_each_host(std::vector<std::string> list, std::size_t hosts)
{
    if (list.size() == 1) {
        list.resize(hosts, list.front());
    }
    return list.size() == hosts ? std::optional(std::move(list)) : std::nullopt;
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
    Parameters parameters;
    for (const auto* option = options.get(); option->keyword; ++option) {
        if (option->val && !std::string_view(option->keyword).ends_with("password")) {
            parameters[option->keyword] = option->val;
        }
    }
    const auto names = between_commas(parameters["host"]);
    const auto addresses = between_commas(parameters["hostaddr"]);
    const auto count = std::max(names.size(), addresses.size());
    const auto ports = for_each_host(between_commas(parameters["port"]), count);
    const bool addresses_fit = addresses.size() == count || parameters["hostaddr"].empty();
    const bool names_fit = names.size() == count || parameters["host"].empty();
    if (!ports || !addresses_fit || !names_fit) {
        return std::unexpected("It names several hosts and another number of ports or of addresses (hostaddr); give "
                               "one port for all, or as many as hosts");
    }
    std::vector<Host> hosts;
    hosts.reserve(count);
    for (std::size_t i = 0; i < count; ++i) {
        hosts.push_back({i < names.size() ? names[i] : "", i < addresses.size() ? addresses[i] : "", (*ports)[i]});
    }
    return Location(std::move(known), std::move(parameters), std::move(hosts));
}

std::string Location::parameter(std::string_view name) const
{
    const auto found = parameters_.find(name);
    return found == parameters_.end() ? "" : found->second;
}

std::string Location::description() const
{
    std::string text;
    for (const auto& host : hosts_) {
        const auto& name = host.name.empty() ? host.address : host.name;
        const bool has_port = !host.port.empty() && !name.starts_with('/');
        text += fmt::format("{}{}{}{}", text.empty() ? "" : ",", name.empty() ? "the local socket" : name,
                            has_port ? ":" : "", has_port ? host.port : "");
    }
    const auto database = parameter("dbname");
    return fmt::format("{}/{}", text, database.empty() ? parameter("user") : database);
}

}
