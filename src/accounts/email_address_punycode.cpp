#include "accounts/email_address_punycode.hpp"

#include <algorithm>
#include <cstddef>
#include <cstdint>

namespace watchword::accounts::email {
namespace {

using Number = std::uint64_t;

// RFC 3492 §5, by the names that it gives them.
constexpr Number base = 36;
constexpr Number tmin = 1;
constexpr Number tmax = 26;
constexpr Number skew = 38;
constexpr Number damp = 700;
constexpr Number initial_bias = 72;
constexpr char32_t initial_n = 0x80;

constexpr std::string_view digits = "abcdefghijklmnopqrstuvwxyz0123456789";
constexpr Number farthest = Number{1} << 40; // beyond every position that a delta can mean, far from an overflow

/// RFC 3492 §6.1. `count` is the number of characters that are in place.
Number adapt(Number delta, Number count, Number damping)
{
    delta /= damping;
    delta += delta / count;
    Number divisions = 0;
    while (delta > (base - tmin) * tmax / 2) {
        delta /= base - tmin;
        divisions += base;
    }
    return divisions + (base - tmin + 1) * delta / (delta + skew);
}

/// The weight of the digit at `place` (36, 72, …) ends a number when the digit is smaller than this.
Number threshold(Number place, Number bias)
{
    return place <= bias ? tmin : std::clamp(place - bias, tmin, tmax);
}

/// RFC 3492 §3.3: digits of varying weight, least significant first.
void append_number(std::string& text, Number number, Number bias)
{
    for (Number place = base;; place += base) {
        const Number last = threshold(place, bias);
        if (number < last) {
            text += digits[number];
            return;
        }
        text += digits[last + (number - last) % (base - last)];
        number = (number - last) / (base - last);
    }
}

/// Reads such a number and removes it from `text`.
std::optional<Number> take_number(std::string_view& text, Number bias)
{
    Number number = 0;
    Number weight = 1;
    for (Number place = base;; place += base) {
        const std::size_t digit = text.empty() ? digits.npos : digits.find(text.front());
        if (digit == digits.npos) {
            return std::nullopt;
        }
        text.remove_prefix(1);
        number += digit * weight;
        if (number > farthest) {
            return std::nullopt;
        }
        const Number last = threshold(place, bias);
        if (digit < last) {
            return number;
        }
        weight *= base - last;
    }
}

bool is_scalar_value(Number number)
{
    return number < 0xD800 || (number > 0xDFFF && number <= 0x10FFFF);
}

}

std::string to_punycode(std::u32string_view text)
{
    std::string encoded;
    for (const char32_t character : text) {
        if (character < initial_n) {
            encoded += static_cast<char>(character);
        }
    }
    const std::size_t basic = encoded.size();
    if (basic > 0) {
        encoded += '-';
    }
    Number delta = 0;
    Number bias = initial_bias;
    char32_t n = initial_n;
    for (std::size_t in_place = basic; in_place < text.size(); ++n, ++delta) {
        char32_t next = U'\U0010FFFF';
        for (const char32_t character : text) {
            next = character >= n ? std::min(next, character) : next;
        }
        delta += (next - n) * (in_place + 1);
        n = next;
        for (const char32_t character : text) {
            if (character < n) {
                ++delta;
            } else if (character == n) {
                append_number(encoded, delta, bias);
                bias = adapt(delta, in_place + 1, in_place == basic ? damp : 2);
                delta = 0;
                ++in_place;
            }
        }
    }
    return encoded;
}

std::optional<std::u32string> from_punycode(std::string_view encoded)
{
    const std::size_t delimiter = encoded.rfind('-');
    std::u32string text;
    if (delimiter != encoded.npos) {
        text.assign(encoded.begin(), encoded.begin() + static_cast<std::ptrdiff_t>(delimiter));
        encoded.remove_prefix(delimiter + 1);
    }
    Number n = initial_n;
    Number at = 0;
    Number bias = initial_bias;
    for (bool first = true; !encoded.empty(); first = false) {
        const auto delta = take_number(encoded, bias);
        if (!delta) {
            return std::nullopt;
        }
        const Number places = text.size() + 1;
        bias = adapt(*delta, places, first ? damp : 2);
        n += (at + *delta) / places;
        at = (at + *delta) % places;
        if (!is_scalar_value(n)) {
            return std::nullopt;
        }
        text.insert(at, 1, static_cast<char32_t>(n));
        ++at;
    }
    return text;
}

}
