#include "mail/header_text.hpp"

#include "base/utf8.hpp"
#include "crypto/base64url.hpp"

#include <algorithm>

namespace watchword::mail {
namespace {

/// With the longest field name that we write, this stays under the 78 characters of RFC 5322 §2.1.1.
constexpr std::size_t longest_plain_text = 60;

/// 39 bytes are 52 characters of base64, with `=?UTF-8?B?`, `?=` and `Subject: ` 73: RFC 2047 §2 allows 75 for a word,
/// 76 for a line.
constexpr std::size_t encoded_word_bytes = 39;

bool is_control(unsigned char byte)
{
    return byte < 0x20 || byte == 0x7F;
}

bool is_ascii(std::string_view text)
{
    return std::ranges::all_of(text, [](char byte) { return static_cast<unsigned char>(byte) < 0x80; });
}

/// One line of valid UTF-8 without blanks at its ends.
std::string cleaned(std::string_view text)
{
    std::string line(text);
    const bool valid = utf8::valid(text);
    for (char& character : line) {
        const auto byte = static_cast<unsigned char>(character);
        if (is_control(byte)) {
            character = ' ';
        } else if (byte >= 0x80 && !valid) {
            character = '?';
        }
    }
    const auto first = line.find_first_not_of(' ');
    if (first == std::string::npos) {
        return {};
    }
    return line.substr(first, line.find_last_not_of(' ') - first + 1);
}

bool can_stand_as_it_is(std::string_view line)
{
    return is_ascii(line) && line.size() <= longest_plain_text && !line.contains("=?");
}

/// RFC 2047 §5 (3): a code point is never divided between two words.
std::size_t word_end(std::string_view line, std::size_t begin)
{
    std::size_t end = std::min(begin + encoded_word_bytes, line.size());
    while (end < line.size() && (static_cast<unsigned char>(line[end]) & 0xC0) == 0x80) {
        --end;
    }
    return end;
}

std::string encoded_words(std::string_view line)
{
    std::string words;
    for (std::size_t begin = 0; begin < line.size();) {
        const auto end = word_end(line, begin);
        words += (begin == 0 ? "=?UTF-8?B?" : "\r\n =?UTF-8?B?") +
                 crypto::base64::encode(crypto::as_bytes(line.substr(begin, end - begin))) + "?=";
        begin = end;
    }
    return words;
}

}

std::string header_text(std::string_view text)
{
    auto line = cleaned(text);
    return can_stand_as_it_is(line) ? line : encoded_words(line);
}

std::string header_phrase(std::string_view name)
{
    auto line = cleaned(name);
    if (!can_stand_as_it_is(line)) {
        return encoded_words(line);
    }
    constexpr std::string_view specials = "()<>[]:;@\\,.\"";
    if (line.find_first_of(specials) == std::string::npos) {
        return line;
    }
    std::string quoted = "\"";
    for (const char character : line) {
        if (character == '"' || character == '\\') {
            quoted += '\\';
        }
        quoted += character;
    }
    return quoted + '"';
}

}
