#include "http/validation.hpp"

#include "base/utf8.hpp"
#include "http/json_writer.hpp"

#include <algorithm>

#include <fmt/format.h>

namespace watchword::http {
namespace {

ValidationError wrong_length(std::string_view type, std::string_view bound, std::size_t length, std::string_view name)
{
    return {type,
            fmt::format("String should have {} {} character{}", bound, length, length == 1 ? "" : "s"),
            {{name, length}}};
}

}

const Pattern ascii_digits{"^[0-9]*$", [](std::string_view text) {
                               return std::ranges::all_of(text, [](char c) { return c >= '0' && c <= '9'; });
                           }};

const Pattern without_nul{R"(^[^\u0000]*$)", [](std::string_view text) { return !text.contains('\0'); }};

std::optional<ValidationError> StringRule::judge(const boost::json::value& value) const
{
    const auto* string = value.if_string();
    if (!string) {
        return std::nullopt;
    }
    const std::string_view text(string->data(), string->size());
    const std::size_t code_points = utf8::length(text);
    if (code_points > length.max) {
        return wrong_length("string_too_long", "at most", length.max, "max_length");
    }
    if (code_points < length.min) {
        return wrong_length("string_too_short", "at least", length.min, "min_length");
    }
    if (pattern && !pattern->matches(text)) {
        return ValidationError{"string_pattern_mismatch",
                               fmt::format("String should match pattern '{}'", pattern->expression),
                               {{"pattern", pattern->expression}}};
    }
    return std::nullopt;
}

void StringRule::describe(boost::json::object& schema) const
{
    auto* alternatives = schema.if_contains("anyOf");
    auto& string = alternatives ? alternatives->as_array().front().as_object() : schema;
    if (length.max != Length::unbounded) {
        string["maxLength"] = length.max;
    }
    if (length.min != 0) {
        string["minLength"] = length.min;
    }
}

void ValidationErrors::add(const ValidationError& error, const boost::json::value& input)
{
    append(R"(["body"])", error, input);
}

void ValidationErrors::add(std::string_view member, const ValidationError& error, const boost::json::value& input)
{
    append(fmt::format(R"(["body","{}"])", member), error, input);
}

void ValidationErrors::add_query(std::string_view parameter, const ValidationError& error,
                                 const boost::json::value& input)
{
    append(fmt::format(R"(["query","{}"])", parameter), error, input);
}

void ValidationErrors::add_syntax_error(std::size_t offset, std::string_view problem)
{
    append(fmt::format(R"(["body",{}])", offset), {"json_invalid", "JSON decode error", {{"error", problem}}},
           boost::json::object{});
}

void ValidationErrors::append(std::string_view location, const ValidationError& error, const boost::json::value& input)
{
    details_ += details_.empty() ? R"({"type":)" : R"(,{"type":)";
    append_string(details_, error.type);
    details_ += R"(,"loc":)";
    details_ += location;
    details_ += R"(,"msg":)";
    append_string(details_, error.message);
    details_ += R"(,"input":)";
    append_value(details_, input);
    if (!error.context.empty()) {
        details_ += R"(,"ctx":)";
        append_value(details_, error.context);
    }
    details_ += '}';
}

Response ValidationErrors::response() const
{
    return json_text(422, fmt::format(R"({{"detail":[{}]}})", details_));
}

ValidationError field_required()
{
    return {"missing", "Field required"};
}

}
