#include "http/docs_pages.hpp"

#include "http/docs_files.hpp"

#include <charconv>
#include <memory>
#include <string_view>
#include <utility>

namespace watchword::http {
namespace {

/// Swagger UI's style sheet has its pictures inside as `data:`.
constexpr std::string_view content_security_policy =
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; "
    "base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

/// Bytes that live as long as the program, sent without a copy: the script is large and clients may be slow.
class EmbeddedBytes final : public BodySource {
public:
    explicit EmbeddedBytes(std::string_view bytes) : bytes_(bytes) {}

    std::uint64_t length() const override { return bytes_.size(); }
    Task<std::string_view> next() override { co_return bytes_; }

private:
    std::string_view bytes_;
};

std::string_view trimmed(std::string_view text)
{
    const auto start = text.find_first_not_of(" \t");
    return start == text.npos ? std::string_view() : text.substr(start, text.find_last_not_of(" \t") + 1 - start);
}

/// Whether `parameters` of a content coding are a weight of zero, which means "not this one" (RFC 9110 §12.4.2).
bool weighs_nothing(std::string_view parameters)
{
    const auto weight = parameters.find("q=");
    if (weight == parameters.npos) {
        return false;
    }
    double value = 1;
    const auto digits = parameters.substr(weight + 2);
    std::from_chars(digits.data(), digits.data() + digits.size(), value);
    return value <= 0;
}

bool accepts_gzip(const Request& request)
{
    const std::string header = request.header("accept-encoding").value_or("");
    for (std::string_view rest = header; !rest.empty();) {
        const auto end = std::min(rest.find(','), rest.size());
        const auto element = rest.substr(0, end);
        const auto semicolon = std::min(element.find(';'), element.size());
        if (same_but_for_case(trimmed(element.substr(0, semicolon)), "gzip")) {
            return !weighs_nothing(element.substr(semicolon));
        }
        rest.remove_prefix(std::min(end + 1, rest.size()));
    }
    return false;
}

Task<Response> send_file(const DocsFile& file, bool compressed)
{
    Response response;
    response.source = std::make_shared<EmbeddedBytes>(compressed ? file.gzip : file.bytes);
    response.with("Content-Type", std::string(file.media_type));
    if (file.name.empty()) {
        response.with("Content-Security-Policy", std::string(content_security_policy));
    }
    response.with("Cache-Control", file.gzip.empty() ? "no-cache" : "public, max-age=3600");
    if (!file.gzip.empty()) {
        response.with("Vary", "Accept-Encoding");
    }
    if (compressed) {
        response.with("Content-Encoding", "gzip");
    }
    co_return response;
}

Task<Response> send_description(std::shared_ptr<const std::string> description)
{
    Response response = json_text(200, *description);
    response.with("Cache-Control", "no-cache");
    co_return response;
}

Task<Response> send_to_page()
{
    Response response{.status = 307};
    response.with("Location", "../docs");
    co_return response;
}

void add(std::vector<Route>& routes, const std::string& path, const Handler& handler)
{
    for (const char* method : {"GET", "HEAD"}) {
        routes.push_back({.method = method,
                          .path = path,
                          .guard = nullptr,
                          .limit = nullptr,
                          .description = nullptr,
                          .handler = handler});
    }
}

}

std::vector<Route> docs_routes(std::string description)
{
    std::vector<Route> routes;
    const auto shared = std::make_shared<const std::string>(std::move(description));
    add(routes, "/openapi.json", [shared](const Request&) { return send_description(shared); });
    for (const DocsFile& file : docs_files()) {
        const Handler handler = [&file](const Request& request) {
            return send_file(file, !file.gzip.empty() && accepts_gzip(request));
        };
        if (file.name.empty()) {
            add(routes, "/docs", handler);
            add(routes, "/redoc", handler);
        } else {
            add(routes, "/docs/" + std::string(file.name), handler);
        }
    }
    // Not left to the table, whose redirects are to absolute paths: those would leave a path prefix.
    add(routes, "/docs/", [](const Request&) { return send_to_page(); });
    add(routes, "/redoc/", [](const Request&) { return send_to_page(); });
    return routes;
}

}
