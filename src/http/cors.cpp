#include "http/cors.hpp"

#include <algorithm>

namespace watchword::http {
namespace {

// Without these a script sees neither a file's name nor how long to wait nor what to tell support.
constexpr std::string_view expose_line = "Access-Control-Expose-Headers: Content-Disposition, ETag, Content-Range, "
                                         "Retry-After, WWW-Authenticate, X-Request-ID\r\n";
constexpr std::string_view every_origin_lines = "Access-Control-Allow-Origin: *\r\n"
                                                "Access-Control-Expose-Headers: Content-Disposition, ETag, "
                                                "Content-Range, Retry-After, WWW-Authenticate, X-Request-ID\r\n";
constexpr std::string_view vary_line = "Vary: Origin\r\n";
constexpr std::string_view methods = "DELETE, GET, HEAD, OPTIONS, PATCH, POST, PUT, QUERY";
constexpr std::string_view max_age_seconds = "600";

bool is_listed_method(std::string_view method)
{
    return !method.empty() && method.find_first_of(", ") == std::string_view::npos &&
           (", " + std::string(methods) + ", ").contains(", " + std::string(method) + ", ");
}

}

Cors::Cors(const std::vector<std::string>& origins)
{
    if (origins.empty()) {
        return;
    }
    mode_ = std::ranges::find(origins, "*") == origins.end() ? Mode::listed : Mode::every_origin;
    for (const auto& origin : origins) {
        lines_by_origin_[origin] = "Access-Control-Allow-Origin: " + origin +
                                   "\r\nAccess-Control-Allow-Credentials: true\r\n" + std::string(expose_line) +
                                   std::string(vary_line);
    }
}

std::string_view Cors::headers(std::string_view origin) const
{
    switch (mode_) {
    case Mode::off:
        return {};
    case Mode::every_origin:
        return every_origin_lines;
    case Mode::listed:
        break;
    }
    const auto found = lines_by_origin_.find(origin);
    return found == lines_by_origin_.end() ? vary_line : std::string_view(found->second);
}

bool Cors::allows(std::string_view origin) const
{
    return mode_ == Mode::every_origin || lines_by_origin_.contains(origin);
}

std::optional<Response> Cors::preflight(const Request& request) const
{
    if (mode_ == Mode::off || request.method != "OPTIONS") {
        return std::nullopt;
    }
    const auto origin = request.header("Origin");
    const auto method = request.header("Access-Control-Request-Method");
    if (!origin || !method) {
        return std::nullopt;
    }
    const bool origin_allowed = allows(*origin);
    const bool method_allowed = is_listed_method(*method);
    std::string text = "OK";
    if (!origin_allowed || !method_allowed) {
        text = "Disallowed CORS ";
        text += origin_allowed ? "method" : method_allowed ? "origin" : "origin, method";
    }
    auto response = plain_text(text == "OK" ? 200 : 400, std::move(text));
    response.with("Vary", "Access-Control-Request-Method, Access-Control-Request-Headers");
    if (origin_allowed) {
        response.with("Access-Control-Allow-Methods", std::string(methods));
        response.with("Access-Control-Max-Age", std::string(max_age_seconds));
        if (auto headers = request.header("Access-Control-Request-Headers")) {
            response.with("Access-Control-Allow-Headers", std::move(*headers));
        }
    }
    return response;
}

}
