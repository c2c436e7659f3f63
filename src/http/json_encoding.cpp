#include "http/json_encoding.hpp"

#include "base/utf8.hpp"

#include <algorithm>
#include <cstdint>

namespace watchword::http {
namespace {

enum class ByteOrder { big, little };

/// What `text` is written in, and its bytes without the mark.
struct Encoding {
    enum class Form { utf8, utf16, utf32 } form;
    ByteOrder order;
    std::string_view text;
};

using enum Encoding::Form;

Encoding detect(std::string_view bytes)
{
    const auto marked = [&](std::string_view mark) { return bytes.starts_with(mark); };
    using namespace std::string_view_literals;
    if (marked("\x00\x00\xFE\xFF"sv)) {
        return {utf32, ByteOrder::big, bytes.substr(4)};
    }
    if (marked("\xFF\xFE\x00\x00"sv)) { // before the mark of UTF-16, which is its first half
        return {utf32, ByteOrder::little, bytes.substr(4)};
    }
    if (marked("\xFE\xFF"sv)) {
        return {utf16, ByteOrder::big, bytes.substr(2)};
    }
    if (marked("\xFF\xFE"sv)) {
        return {utf16, ByteOrder::little, bytes.substr(2)};
    }
    if (marked("\xEF\xBB\xBF"sv)) {
        return {utf8, ByteOrder::big, bytes.substr(3)};
    }
    if (bytes.size() >= 4) {
        if (bytes[0] == '\0') {
            return {bytes[1] != '\0' ? utf16 : utf32, ByteOrder::big, bytes};
        }
        if (bytes[1] == '\0') {
            return {bytes[2] != '\0' || bytes[3] != '\0' ? utf16 : utf32, ByteOrder::little, bytes};
        }
    } else if (bytes.size() == 2) {
        if (bytes[0] == '\0') {
            return {utf16, ByteOrder::big, bytes};
        }
        if (bytes[1] == '\0') {
            return {utf16, ByteOrder::little, bytes};
        }
    }
    return {utf8, ByteOrder::big, bytes};
}

char32_t unit_at(std::string_view bytes, ByteOrder order, std::size_t at, std::size_t size)
{
    char32_t unit = 0;
    for (std::size_t i = 0; i < size; ++i) {
        const std::size_t index = order == ByteOrder::big ? at + i : at + size - 1 - i;
        unit = (unit << 8) | static_cast<unsigned char>(bytes[index]);
    }
    return unit;
}

bool is_high_surrogate(char32_t unit)
{
    return unit >= 0xD800 && unit <= 0xDBFF;
}

bool is_low_surrogate(char32_t unit)
{
    return unit >= 0xDC00 && unit <= 0xDFFF;
}

std::optional<std::u32string> decode_utf32(std::string_view bytes, ByteOrder order)
{
    if (bytes.size() % 4 != 0) {
        return std::nullopt;
    }
    std::u32string text;
    for (std::size_t at = 0; at < bytes.size(); at += 4) {
        text.push_back(unit_at(bytes, order, at, 4));
        if (text.back() > 0x10FFFF) {
            return std::nullopt;
        }
    }
    return text;
}

std::optional<std::u32string> decode_utf16(std::string_view bytes, ByteOrder order)
{
    if (bytes.size() % 2 != 0) {
        return std::nullopt;
    }
    std::u32string text;
    for (std::size_t at = 0; at < bytes.size(); at += 2) {
        const char32_t unit = unit_at(bytes, order, at, 2);
        const char32_t next = at + 2 < bytes.size() ? unit_at(bytes, order, at + 2, 2) : 0;
        if (is_high_surrogate(unit) && is_low_surrogate(next)) {
            text.push_back(0x10000 + ((unit - 0xD800) << 10) + (next - 0xDC00));
            at += 2;
        } else {
            text.push_back(unit);
        }
    }
    return text;
}

/// The surrogate that the three bytes at `at` are, in the form that UTF-8 forbids and Python lets through.
std::optional<char32_t> surrogate_at(std::string_view bytes, std::size_t at)
{
    const auto byte = [&](std::size_t index) { return static_cast<unsigned char>(bytes[at + index]); };
    if (bytes.size() - at < 3 || byte(0) != 0xED || (byte(1) & 0xE0) != 0xA0 || (byte(2) & 0xC0) != 0x80) {
        return std::nullopt;
    }
    return 0xD000u | ((byte(1) & 0x3Fu) << 6) | (byte(2) & 0x3Fu);
}

std::optional<std::u32string> decode_utf8(std::string_view bytes)
{
    if (auto text = utf8::decode(bytes)) {
        return text;
    }
    // Between surrogates the text has to be well-formed. No other character contains the byte 0xED but at its start.
    std::u32string text;
    for (std::size_t at = 0; at < bytes.size();) {
        if (const auto surrogate = surrogate_at(bytes, at)) {
            text.push_back(*surrogate);
            at += 3;
            continue;
        }
        std::size_t end = at + 1;
        while (end < bytes.size() && !surrogate_at(bytes, end)) {
            ++end;
        }
        const auto part = utf8::decode(bytes.substr(at, end - at));
        if (!part) {
            return std::nullopt;
        }
        text += *part;
        at = end;
    }
    return text;
}

}

std::optional<std::u32string> decode_json(std::string_view bytes)
{
    const auto [form, order, text] = detect(bytes);
    switch (form) {
    case utf8:
        return decode_utf8(text);
    case utf16:
        return decode_utf16(text, order);
    case utf32:
        return decode_utf32(text, order);
    }
    return std::nullopt;
}

}
