#include "http/partial_content.hpp"

#include "http/character.hpp"

#include <algorithm>
#include <charconv>
#include <optional>

#include <fmt/format.h>

namespace watchword::http {
namespace {

std::string_view trimmed(std::string_view text)
{
    text.remove_prefix(std::min(text.find_first_not_of(" \t"), text.size()));
    return text.substr(0, text.find_last_not_of(" \t") + 1);
}

/// Whether a list of entity tags has this one, by the weak comparison.
bool lists(std::string_view list, std::string_view entity_tag)
{
    if (trimmed(list) == "*") {
        return true;
    }
    while (!list.empty()) {
        const auto end = std::min(list.find(','), list.size()); // ours have no comma in them
        auto tag = trimmed(list.substr(0, end));
        if (tag.starts_with("W/")) {
            tag.remove_prefix(2);
        }
        if (tag == entity_tag) {
            return true;
        }
        list.remove_prefix(std::min(end + 1, list.size()));
    }
    return false;
}

bool client_has_it(const Request& request, const Representation& representation)
{
    if (const auto tags = request.header("If-None-Match")) {
        return lists(*tags, representation.entity_tag);
    }
    return request.header("If-Modified-Since") == to_http_date(representation.modified);
}

/// Digits alone; what does not fit is the largest number.
std::optional<std::uint64_t> read_position(std::string_view text)
{
    if (text.empty() || !consists_of(text, is_digit)) {
        return std::nullopt;
    }
    std::uint64_t position = 0;
    const auto result = std::from_chars(text.data(), text.data() + text.size(), position);
    return result.ec == std::errc() ? position : UINT64_MAX;
}

/// The part that `range` names; nothing where it is to be ignored.
std::optional<Selection> select_range(std::string_view range, std::uint64_t size)
{
    constexpr std::string_view unit = "bytes=";
    const auto dash = range.find('-');
    if (!same_but_for_case(range.substr(0, unit.size()), unit) || dash == range.npos || range.contains(',')) {
        return std::nullopt;
    }
    const auto first_text = trimmed(range.substr(unit.size(), dash - unit.size()));
    const auto last_text = trimmed(range.substr(dash + 1));
    const auto first = read_position(first_text);
    const auto last = read_position(last_text);
    if ((!first && !first_text.empty()) || (!last && !last_text.empty()) || (!first && !last) ||
        (first && last && *first > *last)) {
        return std::nullopt;
    }
    const auto offset = first ? *first : size - std::min(*last, size);
    const auto end = first && last && *last < size ? *last + 1 : size;
    if (offset >= end) {
        return Selection{416, 0, 0};
    }
    return Selection{206, offset, end - offset};
}

bool range_applies(const Request& request, const Representation& representation)
{
    const auto condition = request.header("If-Range");
    return !condition || *condition == representation.entity_tag;
}

}

Selection select_content(const Request& request, const Representation& representation)
{
    if (client_has_it(request, representation)) {
        return {304, 0, 0};
    }
    const auto range = request.header("Range");
    if (range && request.method == "GET" && range_applies(request, representation)) {
        if (const auto part = select_range(*range, representation.size)) {
            return *part;
        }
    }
    return {200, 0, representation.size};
}

std::string content_range(const Selection& selection, std::uint64_t size)
{
    if (selection.status == 416) {
        return fmt::format("bytes */{}", size);
    }
    return fmt::format("bytes {}-{}/{}", selection.offset, selection.offset + selection.length - 1, size);
}

}
