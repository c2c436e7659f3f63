#include "http/json_writer.hpp"

#include "base/utf8.hpp"
#include "http/python_json.hpp"

#include <array>
#include <charconv>
#include <cmath>

#include <fmt/format.h>

namespace watchword::http {
namespace {

bool stands_for_itself(char c)
{
    return static_cast<unsigned char>(c) >= 0x20 && c != '"' && c != '\\';
}

void append_escaped(std::string& out, char c)
{
    switch (c) {
    case '"':
        out += R"(\")";
        break;
    case '\\':
        out += R"(\\)";
        break;
    case '\b':
        out += R"(\b)";
        break;
    case '\f':
        out += R"(\f)";
        break;
    case '\n':
        out += R"(\n)";
        break;
    case '\r':
        out += R"(\r)";
        break;
    case '\t':
        out += R"(\t)";
        break;
    default:
        fmt::format_to(std::back_inserter(out), "\\u{:04x}", static_cast<unsigned char>(c));
    }
}

/// How many bytes at the start of `text` are one well-formed character; 0 where none is.
std::size_t character_size(std::string_view text)
{
    for (std::size_t size = 1; size <= std::min<std::size_t>(4, text.size()); ++size) {
        if (utf8::valid(text.substr(0, size))) {
            return size;
        }
    }
    return 0;
}

/// A lone surrogate, which Python carries in a string, is three bytes that are one fault.
bool starts_with_surrogate(std::string_view text)
{
    return text.size() >= 3 && text[0] == '\xED' && static_cast<unsigned char>(text[1]) >= 0xA0;
}

std::string repaired(std::string_view text)
{
    std::string whole;
    while (!text.empty()) {
        if (const std::size_t size = character_size(text)) {
            whole += text.substr(0, size);
            text.remove_prefix(size);
        } else {
            whole += "\uFFFD";
            text.remove_prefix(starts_with_surrogate(text) ? 3 : 1);
        }
    }
    return whole;
}

void append_double(std::string& out, double number)
{
    if (!std::isfinite(number)) {
        out += "null";
        return;
    }
    const std::size_t start = out.size();
    fmt::format_to(std::back_inserter(out), "{}", number);
    if (out.find_first_of(".e", start) == std::string::npos) {
        out += ".0";
    }
}

void append_array(std::string& out, const boost::json::array& array)
{
    char separator = '[';
    for (const auto& element : array) {
        out += separator;
        append_value(out, element);
        separator = ',';
    }
    out += array.empty() ? "[]" : "]";
}

void append_object(std::string& out, const boost::json::object& object)
{
    char separator = '{';
    for (const auto& member : object) {
        out += separator;
        append_string(out, std::string_view(member.key().data(), member.key().size()));
        out += ':';
        append_value(out, member.value());
        separator = ',';
    }
    out += object.empty() ? "{}" : "}";
}

}

void append_string(std::string& out, std::string_view text)
{
    if (!utf8::valid(text)) {
        return append_string(out, std::string_view(repaired(text)));
    }
    out += '"';
    std::size_t copied = 0;
    for (std::size_t at = 0; at < text.size(); ++at) {
        if (!stands_for_itself(text[at])) {
            out += text.substr(copied, at - copied);
            append_escaped(out, text[at]);
            copied = at + 1;
        }
    }
    out += text.substr(copied);
    out += '"';
}

void append_integer(std::string& out, std::int64_t number)
{
    std::array<char, 20> digits{};
    out.append(digits.data(), std::to_chars(digits.data(), digits.data() + digits.size(), number).ptr);
}

void append_value(std::string& out, const boost::json::value& value)
{
    switch (value.kind()) {
    case boost::json::kind::null:
        out += "null";
        break;
    case boost::json::kind::bool_:
        out += value.get_bool() ? "true" : "false";
        break;
    case boost::json::kind::int64:
        append_integer(out, value.get_int64());
        break;
    case boost::json::kind::uint64:
        fmt::format_to(std::back_inserter(out), "{}", value.get_uint64());
        break;
    case boost::json::kind::double_:
        append_double(out, value.get_double());
        break;
    case boost::json::kind::string:
        append_string(out, std::string_view(value.get_string().data(), value.get_string().size()));
        break;
    case boost::json::kind::array:
        append_array(out, value.get_array());
        break;
    case boost::json::kind::object:
        if (const auto digits = python_json::exact_number(value)) {
            out += *digits;
        } else {
            append_object(out, value.get_object());
        }
        break;
    }
}

}
