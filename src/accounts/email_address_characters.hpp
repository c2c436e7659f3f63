#pragma once

#include <algorithm>
#include <concepts>
#include <cstddef>
#include <functional>
#include <iterator>
#include <optional>
#include <string>
#include <string_view>

/// The characters of an address, and how a sentence to its owner names them.
namespace watchword::accounts::email {

/// Why a text is no address: one whole sentence for the person who typed it.
using Reason = std::string;

/// A reason, or nothing where all is well.
using Fault = std::optional<Reason>;

std::string to_utf8(std::u32string_view text);

/// Unicode's composed form (UAX #15, NFC).
std::u32string nfc(std::u32string_view text);

/// UTS #46's way of writing one character: compatibility forms replaced, case folded, ignorable characters gone
/// (NFKC_Casefold of the Unicode Standard, §3.13).
std::u32string nfkc_casefold(char32_t character);

/// Lower case, character by character: the result depends on no locale and no neighbour, except that `İ` is `i̇`.
std::u32string lower_case(std::u32string_view text);

bool is_ascii(std::u32string_view text);

/// A letter or digit of ASCII.
constexpr bool is_plain(char32_t character)
{
    return (character >= U'a' && character <= U'z') || (character >= U'A' && character <= U'Z') ||
           (character >= U'0' && character <= U'9');
}

/// Lower case of ASCII; everything else stays.
constexpr char32_t lower_case(char32_t character)
{
    return character >= U'A' && character <= U'Z' ? character + (U'a' - U'A') : character;
}

/// What an atom may be made of (RFC 5322 §3.2.3).
bool is_atom_character(char32_t character);

/// A letter, digit or numeral of any script.
bool is_letter_or_number(char32_t character);

/// A blank of any kind, line breaks and the separators of ASCII (U+001C–U+001F) among them.
bool is_blank(char32_t character);

/// `text` without the blanks around it.
std::u32string_view trim(std::u32string_view text);

/// `'a'` for what can be seen; the Unicode name for what cannot: `SPACE`, `RIGHT-TO-LEFT OVERRIDE`; `U+0007` where
/// there is no name.
std::string name_of(char32_t character);

/// `text` between quotation marks, with what cannot be seen as `\xNN`, `\uNNNN` or `\UNNNNNNNN`.
std::string in_quotes(std::u32string_view text);

/// `sentence`, a colon and the names of the characters, each once, in the order of their names.
Reason naming(std::string_view sentence, std::u32string_view characters);

/// `(1 character too many)`.
std::string too_many(std::size_t characters);

/// The characters of `text` that are not allowed, named after `sentence`.
template <std::predicate<char32_t> Allowed>
Fault fault_of_characters(std::string_view sentence, std::u32string_view text, Allowed allowed)
{
    std::u32string refused;
    std::ranges::copy_if(text, std::back_inserter(refused), [&](char32_t character) { return !allowed(character); });
    return refused.empty() ? Fault{} : naming(sentence, refused);
}

enum class Blanks { refused, allowed };

/// Characters that would make an address look like another one or join it to what stands before it: controls, format
/// characters (bidirectional overrides among them), unassigned ones, separators, a combining mark in the first place.
Fault fault_of_unsafe_characters(std::u32string_view text, Blanks blanks = Blanks::refused);

}
