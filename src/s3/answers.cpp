#include "s3/answers.hpp"

#include "base/unavailable.hpp"
#include "s3/xml.hpp"

#include <algorithm>
#include <charconv>

#include <curl/curl.h>

namespace watchword::s3 {
namespace {

using namespace std::chrono;

template <class Number>
std::optional<Number> read_number(std::string_view text)
{
    Number number = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
    const bool is_all = error == std::errc() && end == text.data() + text.size() && !text.starts_with('-');
    return is_all ? std::optional(number) : std::nullopt;
}

/// As `encoding-type=url` writes a key: `+` is a blank.
std::optional<std::string> url_decoded(std::string_view text)
{
    std::string decoded;
    while (!text.empty()) {
        std::size_t used = 1;
        char c = text.front() == '+' ? ' ' : text.front();
        if (c == '%') {
            unsigned char byte = 0;
            if (text.size() < 3 || std::from_chars(text.data() + 1, text.data() + 3, byte, 16).ptr != text.data() + 3) {
                return std::nullopt;
            }
            c = static_cast<char>(byte);
            used = 3;
        }
        decoded += c;
        text.remove_prefix(used);
    }
    return decoded;
}

std::optional<ListedKey> read_listed_key(const XmlElement& element)
{
    auto key = url_decoded(element.text_of("Key"));
    const auto size = read_number<std::uint64_t>(element.text_of("Size"));
    const auto modified = read_listed_time(element.text_of("LastModified"));
    if (!key || key->empty() || !size || !modified) {
        return std::nullopt;
    }
    return ListedKey{std::move(*key), *size, *modified};
}

}

std::optional<ContentRange> read_content_range(std::string_view text)
{
    constexpr std::string_view unit = "bytes ";
    const auto dash = text.find('-');
    const auto slash = text.find('/');
    if (!text.starts_with(unit) || dash == text.npos || slash == text.npos || slash < dash) {
        return std::nullopt;
    }
    const auto first = read_number<std::uint64_t>(text.substr(unit.size(), dash - unit.size()));
    const auto last = read_number<std::uint64_t>(text.substr(dash + 1, slash - dash - 1));
    const auto size = read_number<std::uint64_t>(text.substr(slash + 1));
    if (!first || !last || !size || *first > *last || *last >= *size) {
        return std::nullopt;
    }
    return ContentRange{*first, *last - *first + 1, *size};
}

Instant read_http_date(const std::string& text)
{
    const auto time = ::curl_getdate(text.c_str(), nullptr);
    if (time < 0) {
        throw Unavailable("the object store does not answer as S3 does: an object has no date");
    }
    return Instant{seconds{time + 1}} - microseconds{1};
}

std::optional<Instant> read_listed_time(std::string_view text)
{
    // 2026-11-25T22:40:22.000Z
    if (text.size() < 20 || text[4] != '-' || text[7] != '-' || text[10] != 'T' || text[13] != ':' || text[16] != ':' ||
        !text.ends_with('Z')) {
        return std::nullopt;
    }
    const auto part = [&](std::size_t at, std::size_t length) { return read_number<int>(text.substr(at, length)); };
    const auto y = part(0, 4), m = part(5, 2), d = part(8, 2), hour = part(11, 2), minute = part(14, 2),
               second = part(17, 2);
    if (!y || !m || !d || !hour || !minute || !second || *hour > 23 || *minute > 59 || *second > 60) {
        return std::nullopt;
    }
    const year_month_day date{year{*y}, month{static_cast<unsigned>(*m)}, day{static_cast<unsigned>(*d)}};
    if (!date.ok()) {
        return std::nullopt;
    }
    const Instant begin = sys_days{date} + hours{*hour} + minutes{*minute} + seconds{*second};
    const auto fraction = text.substr(19, text.size() - 20);
    if (fraction.empty() || fraction == ".000") {
        return begin + seconds{1} - microseconds{1};
    }
    const auto thousandths =
        fraction.size() == 4 && fraction[0] == '.' ? read_number<int>(fraction.substr(1)) : std::nullopt;
    return thousandths ? std::optional<Instant>(begin + milliseconds{*thousandths + 1} - microseconds{1})
                       : std::nullopt;
}

bool is_entity_tag(std::string_view text)
{
    return text.size() > 2 && text.starts_with('"') && text.ends_with('"') &&
           std::ranges::all_of(text.substr(1, text.size() - 2),
                               [](char c) { return c > ' ' && c <= '~' && c != '"' && c != ','; });
}

std::optional<KeyPage> read_key_page(std::string_view document)
{
    const auto root = read_xml(document);
    if (!root || root->name != "ListBucketResult" || root->text_of("EncodingType") != "url") {
        return std::nullopt;
    }
    KeyPage page;
    for (const auto& element : root->children) {
        if (element.name != "Contents") {
            continue;
        }
        auto key = read_listed_key(element);
        if (!key) {
            return std::nullopt;
        }
        page.keys.push_back(std::move(*key));
    }
    const auto is_truncated = root->text_of("IsTruncated");
    page.next = is_truncated == "true" ? std::string(root->text_of("NextContinuationToken")) : "";
    if (is_truncated != "false" && page.next.empty()) {
        return std::nullopt;
    }
    return page;
}

}
