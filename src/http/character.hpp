#pragma once

#include <algorithm>
#include <array>
#include <string_view>

/// What a byte may be part of, by the grammars of HTTP and of URIs.
namespace watchword::http {

namespace character {

inline constexpr unsigned char token = 1;
inline constexpr unsigned char field = 2;
inline constexpr unsigned char target = 4;
inline constexpr unsigned char host = 8;
inline constexpr unsigned char digit = 16;

/// One bit for each kind, so that each question is one look into one table.
inline constexpr auto kinds = [] {
    std::array<unsigned char, 256> table{};
    const auto add = [&](std::string_view characters, unsigned char kind) {
        for (const char c : characters) {
            table[static_cast<unsigned char>(c)] |= kind;
        }
    };
    for (unsigned c = 0x21; c < 0x7F; ++c) {
        table[c] = field | target;
    }
    for (unsigned c = 0x80; c <= 0xFF; ++c) {
        table[c] = field;
    }
    add(" \t", field);
    for (const unsigned char kind : {token, host}) {
        add("0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ", kind);
    }
    add("!#$%&'*+-.^_`|~", token);
    add("-._~!$&'()*+,;=%", host);
    add("0123456789", digit);
    table['#'] &= static_cast<unsigned char>(~target);
    return table;
}();

constexpr bool is(char c, unsigned char kind)
{
    return (kinds[static_cast<unsigned char>(c)] & kind) != 0;
}

}

/// `tchar` of RFC 9110 §5.6.2: methods, names of headers.
constexpr bool is_token_character(char c)
{
    return character::is(c, character::token);
}

/// What a header's value may hold (RFC 9110 §5.5): no control characters but the tab.
constexpr bool is_field_character(char c)
{
    return character::is(c, character::field);
}

/// What a request target may hold: visible ASCII but `#`, since a fragment is never sent and readers disagree about
/// what follows one. More than RFC 3986 allows, for clients send `|`, `{` and `"` as they are.
constexpr bool is_target_character(char c)
{
    return character::is(c, character::target);
}

/// `reg-name` of RFC 3986 §3.2.2.
constexpr bool is_host_character(char c)
{
    return character::is(c, character::host);
}

constexpr bool is_digit(char c)
{
    return character::is(c, character::digit);
}

/// Of one hexadecimal digit, or -1.
constexpr int hex_value(char c)
{
    if (is_digit(c)) {
        return c - '0';
    }
    const auto lower = static_cast<char>(c | 0x20);
    return lower >= 'a' && lower <= 'f' ? lower - 'a' + 10 : -1;
}

template <class Predicate>
constexpr bool consists_of(std::string_view text, Predicate is_allowed)
{
    return std::all_of(text.begin(), text.end(), is_allowed);
}

}
