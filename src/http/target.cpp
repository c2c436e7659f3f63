#include "http/target.hpp"

#include "base/utf8.hpp"
#include "http/character.hpp"

#include <algorithm>

namespace watchword::http {
namespace {

bool stays_in_a_path(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
           std::string_view("/-._~!$&'()*+,=:@").contains(c);
}

/// `/path?query` of `http://host/path?query`. An empty path is `/` (RFC 9110 §4.2.3).
std::string without_authority(std::string_view target)
{
    target.remove_prefix(target.find("://") + 3);
    const auto end = std::min(target.find_first_of("/?"), target.size());
    target.remove_prefix(end);
    return target.starts_with('/') ? std::string(target) : '/' + std::string(target);
}

}

std::optional<Target> read_target(std::string_view target)
{
    std::string shortened;
    if (!target.starts_with('/') && target.contains("://")) {
        shortened = without_authority(target);
        target = shortened;
    }
    const auto question_mark = std::min(target.find('?'), target.size());
    const auto path = target.substr(0, question_mark);
    const auto query = target.substr(std::min(question_mark + 1, target.size()));
    if (!path.contains('%')) {
        return Target{std::string(path), std::string(query)};
    }
    auto decoded = percent_decoded(path);
    if (decoded.contains('\0') || !utf8::valid(decoded)) {
        return std::nullopt;
    }
    return Target{std::move(decoded), std::string(query)};
}

std::string percent_decoded(std::string_view text)
{
    std::string decoded;
    decoded.reserve(text.size());
    for (std::size_t i = 0; i < text.size(); ++i) {
        const auto high = text[i] == '%' && i + 2 < text.size() ? hex_value(text[i + 1]) : -1;
        const auto low = high >= 0 ? hex_value(text[i + 2]) : -1;
        if (low >= 0) {
            decoded.push_back(static_cast<char>(high * 16 + low));
            i += 2;
        } else {
            decoded.push_back(text[i]);
        }
    }
    return decoded;
}

std::string percent_encoded(std::string_view path)
{
    constexpr std::string_view digits = "0123456789ABCDEF";
    std::string encoded;
    encoded.reserve(path.size());
    for (const char c : path) {
        if (stays_in_a_path(c)) {
            encoded.push_back(c);
        } else {
            const auto byte = static_cast<unsigned char>(c);
            encoded.append({'%', digits[byte >> 4], digits[byte & 15]});
        }
    }
    return encoded;
}

}
