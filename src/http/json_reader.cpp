#include "http/json_reader.hpp"

#include "base/utf8.hpp"
#include "http/python_json.hpp"
#include "http/validation.hpp"

#include <algorithm>
#include <string>
#include <string_view>

#include <boost/json/parse.hpp>

namespace watchword::http {
namespace {

std::string_view trimmed(std::string_view text)
{
    const auto start = text.find_first_not_of(" \t");
    return start == text.npos ? std::string_view() : text.substr(start, text.find_last_not_of(" \t") + 1 - start);
}

std::string lower(std::string_view text)
{
    std::string result(text);
    std::ranges::transform(result, result.begin(), [](char c) { return c >= 'A' && c <= 'Z' ? char(c + 32) : c; });
    return result;
}

/// Whether the parameters leave the charset at UTF-8. A declared other one is not believed: what sits in front of us
/// might, and would then have checked another text than we read.
bool charset_is_utf8(std::string_view parameters)
{
    while (!parameters.empty()) {
        const auto end = std::min(parameters.find(';'), parameters.size());
        const std::string parameter = lower(trimmed(parameters.substr(0, end)));
        if (parameter.starts_with("charset=") && parameter != "charset=utf-8" && parameter != "charset=\"utf-8\"") {
            return false;
        }
        parameters.remove_prefix(std::min(end + 1, parameters.size()));
    }
    return true;
}

bool says_json(const Request& request)
{
    const std::string header = request.header("content-type").value_or("");
    const auto semicolon = std::min(header.find(';'), header.size());
    const std::string type = lower(trimmed(std::string_view(header).substr(0, semicolon)));
    if (!type.starts_with("application/") || std::ranges::count(type, '/') != 1) {
        return false;
    }
    return (type == "application/json" || type.ends_with("+json")) &&
           charset_is_utf8(std::string_view(header).substr(semicolon));
}

Response unreadable()
{
    return failure(Error{ErrorCode::unreadable_body});
}

Response answer(const python_json::Failure& failure)
{
    const auto* error = std::get_if<python_json::SyntaxError>(&failure);
    if (!error) {
        return unreadable();
    }
    ValidationErrors errors;
    errors.add_syntax_error(error->offset, error->problem);
    return errors.response();
}

}

std::optional<boost::json::value> read_strictly(const Request& request)
{
    if (!says_json(request)) {
        return std::nullopt;
    }
    boost::json::error_code error;
    auto value = boost::json::parse(request.body, error);
    return error ? std::nullopt : std::optional(std::move(value));
}

std::expected<boost::json::value, Response> read_exactly(const Request& request)
{
    if (request.body.empty()) {
        ValidationErrors errors;
        errors.add(field_required(), nullptr);
        return std::unexpected(errors.response());
    }
    if (!says_json(request)) {
        return boost::json::string(request.body);
    }
    auto value = python_json::read(request.body);
    if (!value) {
        return std::unexpected(answer(value.error()));
    }
    return std::move(*value);
}

}
