#include "postgres/flight.hpp"

#include <stdexcept>

namespace watchword::postgres {
namespace {

/// How many bytes the UTF-8 character at the front has; 0 where there is none (RFC 3629 §4).
std::size_t character_length(std::string_view text)
{
    const auto byte = [&](std::size_t i) { return i < text.size() ? static_cast<unsigned char>(text[i]) : 0U; };
    const auto continues = [&](std::size_t i) { return (byte(i) & 0xC0U) == 0x80U; };
    const auto first = byte(0);
    if (first < 0x80) {
        return 1;
    }
    if (first >= 0xC2 && first <= 0xDF) {
        return continues(1) ? 2 : 0;
    }
    if (first >= 0xE0 && first <= 0xEF) {
        const bool sound = (first != 0xE0 || byte(1) >= 0xA0) && (first != 0xED || byte(1) < 0xA0);
        return sound && continues(1) && continues(2) ? 3 : 0;
    }
    if (first >= 0xF0 && first <= 0xF4) {
        const bool sound = (first != 0xF0 || byte(1) >= 0x90) && (first != 0xF4 || byte(1) < 0x90);
        return sound && continues(1) && continues(2) && continues(3) ? 4 : 0;
    }
    return 0;
}

}

std::string storable_text(std::string_view text)
{
    std::string storable;
    storable.reserve(text.size());
    while (!text.empty()) {
        const auto length = character_length(text);
        if (length == 0) {
            storable += '?';
        } else if (text[0] != '\0') {
            storable += text.substr(0, length);
        }
        text.remove_prefix(length == 0 ? 1 : length);
    }
    return storable;
}

Parameter to_parameter(std::string_view text)
{
    if (text.contains('\0')) {
        throw std::invalid_argument("PostgreSQL keeps no text with a NUL byte");
    }
    return {std::string(text)};
}

Parameter to_parameter(std::span<const unsigned char> blob)
{
    return {std::string(blob.begin(), blob.end()), true};
}

Parameter to_parameter(Instant instant)
{
    return {to_rfc3339(instant)};
}

}
