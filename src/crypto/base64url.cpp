#include "crypto/base64url.hpp"

#include <array>
#include <cstdint>

namespace watchword::crypto {
namespace {

constexpr std::uint8_t not_in_alphabet = 0xFF;

struct Alphabet {
    std::array<char, 64> letters{};
    std::array<std::uint8_t, 256> values{};

    explicit constexpr Alphabet(std::string_view text)
    {
        values.fill(not_in_alphabet);
        for (std::uint8_t value = 0; value < 64; ++value) {
            letters[value] = text[value];
            values[static_cast<unsigned char>(text[value])] = value;
        }
    }
};

constexpr Alphabet url_safe("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_");
constexpr Alphabet classic("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/");

std::string encode(const Alphabet& alphabet, Bytes bytes)
{
    std::string text((bytes.size() * 8 + 5) / 6, '\0');
    char* next = text.data();
    std::uint32_t bits = 0;
    unsigned held = 0; // how many of the low bits of `bits` are not yet written
    for (const unsigned char byte : bytes) {
        bits = (bits << 8) | byte;
        held += 8;
        while (held >= 6) {
            held -= 6;
            *next++ = alphabet.letters[(bits >> held) & 0x3F];
        }
    }
    if (held > 0) {
        *next = alphabet.letters[(bits << (6 - held)) & 0x3F];
    }
    return text;
}

std::optional<std::string> decode(const Alphabet& alphabet, std::string_view text)
{
    if (text.size() % 4 == 1) {
        return std::nullopt;
    }
    std::string bytes(text.size() * 6 / 8, '\0');
    char* next = bytes.data();
    std::uint32_t bits = 0;
    unsigned held = 0;
    for (const char letter : text) {
        const std::uint8_t value = alphabet.values[static_cast<unsigned char>(letter)];
        if (value == not_in_alphabet) {
            return std::nullopt;
        }
        bits = (bits << 6) | value;
        held += 6;
        if (held >= 8) {
            held -= 8;
            *next++ = static_cast<char>((bits >> held) & 0xFF);
        }
    }
    const std::uint32_t spare = bits & ((1u << held) - 1);
    if (spare != 0) {
        return std::nullopt;
    }
    return bytes;
}

}

std::string base64url::encode(Bytes bytes)
{
    return crypto::encode(url_safe, bytes);
}

std::string base64url::encode(std::string_view bytes)
{
    return crypto::encode(url_safe, as_bytes(bytes));
}

std::optional<std::string> base64url::decode(std::string_view text)
{
    return crypto::decode(url_safe, text);
}

std::string base64::encode(Bytes bytes)
{
    std::string text = crypto::encode(classic, bytes);
    text.append((4 - text.size() % 4) % 4, '=');
    return text;
}

std::string base64::encode_unpadded(Bytes bytes)
{
    return crypto::encode(classic, bytes);
}

std::optional<std::string> base64::decode_unpadded(std::string_view text)
{
    return crypto::decode(classic, text);
}

}
