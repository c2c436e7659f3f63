#include "http/header_parameters.hpp"

#include "http/character.hpp"

#include <algorithm>

namespace watchword::http {
namespace {

std::string_view trimmed(std::string_view text)
{
    const auto begin = std::min(text.find_first_not_of(" \t"), text.size());
    text.remove_prefix(begin);
    return text.substr(0, text.find_last_not_of(" \t") + 1);
}

std::string lower_case(std::string_view text)
{
    std::string lower(text);
    std::ranges::transform(lower, lower.begin(),
                           [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + ('a' - 'A')) : c; });
    return lower;
}

/// Takes a quoted text, which `text` begins with, off it. Nothing where it is not closed.
std::optional<std::string> take_quoted(std::string_view& text)
{
    std::string unquoted;
    for (std::size_t i = 1; i < text.size(); ++i) {
        if (text[i] == '"') {
            text.remove_prefix(i + 1);
            return unquoted;
        }
        if (text[i] == '\\' && i + 1 < text.size() && (text[i + 1] == '"' || text[i + 1] == '\\')) {
            ++i;
        }
        unquoted.push_back(text[i]);
    }
    return std::nullopt;
}

/// Takes everything up to the next `;`, and that, off `text`.
std::string_view take_up_to_semicolon(std::string_view& text)
{
    const auto end = std::min(text.find(';'), text.size());
    const auto taken = text.substr(0, end);
    text.remove_prefix(std::min(end + 1, text.size()));
    return taken;
}

}

const std::string* ParameterizedValue::find(std::string_view name) const
{
    const auto found = std::ranges::find(parameters, name, &std::pair<std::string, std::string>::first);
    return found == parameters.end() ? nullptr : &found->second;
}

std::optional<ParameterizedValue> read_parameterized(std::string_view text)
{
    ParameterizedValue result{lower_case(trimmed(take_up_to_semicolon(text))), {}};
    while (!trimmed(text).empty()) {
        text = text.substr(text.find_first_not_of(" \t"));
        if (text.front() == ';') {
            text.remove_prefix(1);
            continue;
        }
        const auto equals = text.find('=');
        const auto name = lower_case(text.substr(0, equals));
        if (equals == text.npos || name.empty() || !consists_of(name, is_token_character) || result.find(name)) {
            return std::nullopt;
        }
        text.remove_prefix(equals + 1);
        if (!text.starts_with('"')) {
            const auto value = trimmed(take_up_to_semicolon(text));
            if (value.contains('"')) {
                return std::nullopt;
            }
            result.parameters.emplace_back(name, value);
            continue;
        }
        auto value = take_quoted(text);
        if (!value || !trimmed(take_up_to_semicolon(text)).empty()) {
            return std::nullopt;
        }
        result.parameters.emplace_back(name, std::move(*value));
    }
    return result;
}

}
