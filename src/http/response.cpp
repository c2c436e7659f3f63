#include "http/response.hpp"

#include "http/json_writer.hpp"

#include <algorithm>
#include <utility>

namespace watchword::http {
namespace {

std::string object_with(std::string_view name, std::string_view text)
{
    std::string object = "{\"";
    object += name;
    object += "\":";
    append_string(object, text);
    object += '}';
    return object;
}

}

Response& Response::with(std::string_view name, std::string value)
{
    const auto has_name = [&](const Header& header) { return same_but_for_case(header.name, name); };
    if (const auto header = std::ranges::find_if(headers, has_name); header != headers.end()) {
        header->value = std::move(value);
    } else {
        headers.push_back({std::string(name), std::move(value)});
    }
    return *this;
}

Response json_text(unsigned status, std::string text)
{
    return {status, {{"Content-Type", "application/json"}}, std::move(text)};
}

Response plain_text(unsigned status, std::string text)
{
    return {status, {{"Content-Type", "text/plain; charset=utf-8"}}, std::move(text)};
}

Response no_content()
{
    return {204, {}, {}};
}

Response message(std::string_view text)
{
    return json_text(200, object_with("message", text));
}

Response failure(const Error& error)
{
    const ErrorDescription& described = describe(error.code);
    Response response = json_text(described.status, object_with("detail", described.detail));
    if (described.status == 401) {
        // RFC 6750 §3.1: the reason is named only to a client that has sent a token.
        response.with("WWW-Authenticate",
                      error.code == ErrorCode::invalid_access_token ? R"(Bearer error="invalid_token")" : "Bearer");
    }
    if (error.retry_after.count() > 0) {
        response.with("Retry-After", std::to_string(error.retry_after.count()));
    }
    return response;
}

}
