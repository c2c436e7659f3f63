#include "http/route.hpp"

#include "http/target.hpp"

#include <set>
#include <stdexcept>

#include <fmt/ranges.h>

namespace watchword::http {
namespace {

/// What stands before the next `/`; takes it and the slash off `path`.
std::string_view take_segment(std::string_view& path)
{
    const auto end = std::min(path.find('/'), path.size());
    const auto segment = path.substr(0, end);
    path.remove_prefix(std::min(end + 1, path.size()));
    return segment;
}

bool varies(std::string_view segment)
{
    return segment.starts_with('{') && segment.ends_with('}');
}

std::optional<std::vector<std::string>> parameters_of(std::string_view path, std::string_view pattern)
{
    if (std::ranges::count(path, '/') != std::ranges::count(pattern, '/')) {
        return std::nullopt;
    }
    std::vector<std::string> parameters;
    while (!pattern.empty() || !path.empty()) {
        const auto wanted = take_segment(pattern);
        const auto segment = take_segment(path);
        if (varies(wanted) && !segment.empty()) {
            parameters.emplace_back(segment);
        } else if (segment != wanted) {
            return std::nullopt;
        }
    }
    return parameters;
}

std::string with_other_ending(std::string_view path)
{
    return path.ends_with('/') ? std::string(path.substr(0, path.size() - 1)) : std::string(path) + '/';
}

}

Router::Router(std::vector<Route> routes) : routes_(std::move(routes))
{
    for (const auto& route : routes_) {
        if (!route.path.starts_with('/')) {
            throw std::invalid_argument("the path of a route must begin with a slash: " + route.path);
        }
        ByMethod* by_method = nullptr;
        if (route.path.find('{') == std::string::npos) {
            by_method = &fixed_[route.path];
        } else {
            auto pattern = std::ranges::find(patterns_, route.path, &Pattern::path);
            if (pattern == patterns_.end()) {
                pattern = patterns_.insert(pattern, Pattern{route.path, {}});
            }
            by_method = &pattern->by_method;
        }
        if (!by_method->emplace(route.method, &route).second) {
            throw std::invalid_argument("two routes answer " + route.method + ' ' + route.path);
        }
    }
}

const Router::ByMethod* Router::find(std::string_view path, std::vector<std::string>& parameters) const
{
    if (const auto found = fixed_.find(path); found != fixed_.end()) {
        return &found->second;
    }
    for (const auto& pattern : patterns_) {
        if (auto values = parameters_of(path, pattern.path)) {
            parameters = std::move(*values);
            return &pattern.by_method;
        }
    }
    return nullptr;
}

std::string Router::every_method() const
{
    std::set<std::string_view> methods;
    for (const auto& route : routes_) {
        methods.insert(route.method);
    }
    return fmt::format("{}", fmt::join(methods, ", "));
}

Match Router::match(std::string_view method, std::string_view path) const
{
    std::vector<std::string> parameters;
    if (const auto* by_method = find(path, parameters)) {
        if (const auto found = by_method->find(method); found != by_method->end()) {
            return {.outcome = Match::Outcome::found, .route = found->second, .path_parameters = std::move(parameters)};
        }
        std::vector<std::string_view> methods;
        for (const auto& [allowed, route] : *by_method) {
            methods.push_back(allowed);
        }
        return {.outcome = Match::Outcome::method_not_allowed, .allow = fmt::format("{}", fmt::join(methods, ", "))};
    }
    if (method == "CONNECT" || path == "*") {
        return {.outcome = Match::Outcome::method_not_allowed, .allow = every_method()};
    }
    const auto other = with_other_ending(path);
    if (path.starts_with('/') && path != "/" && find(other, parameters)) {
        return {.outcome = Match::Outcome::redirect, .location = percent_encoded(other)};
    }
    return {.outcome = Match::Outcome::not_found};
}

}
