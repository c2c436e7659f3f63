#include "accounts/email_address_characters.hpp"

#include "base/utf8.hpp"

#include <array>
#include <cstdint>
#include <cstdlib>
#include <memory>
#include <new>
#include <set>
#include <vector>

#include <fmt/format.h>
#include <unicase.h>
#include <unictype.h>
#include <uniname.h>
#include <uninorm.h>

namespace watchword::accounts::email {
namespace {

using Units = std::vector<std::uint32_t>; // libunistring's own type of code point

constexpr char32_t first_combining_mark = 0x300; // no text below it is changed by NFC
constexpr std::string_view atom_symbols = "_!#$%&'*+-/=?^`{|}~";

/// What a function of libunistring has allocated, as a string.
std::u32string take(std::uint32_t* units, std::size_t count)
{
    if (units == nullptr) {
        throw std::bad_alloc();
    }
    const std::unique_ptr<std::uint32_t, decltype(&std::free)> owner(units, &std::free);
    return {units, units + count};
}

std::u32string normalize(uninorm_t form, std::u32string_view text)
{
    const Units units(text.begin(), text.end());
    std::size_t count = 0;
    std::uint32_t* const result = u32_normalize(form, units.data(), units.size(), nullptr, &count);
    return take(result, count);
}

std::u32string casefold(std::u32string_view text)
{
    const Units units(text.begin(), text.end());
    std::size_t count = 0;
    std::uint32_t* const result = u32_casefold(units.data(), units.size(), nullptr, nullptr, nullptr, &count);
    return take(result, count);
}

bool has_category(char32_t character, std::uint32_t categories)
{
    return uc_is_general_category_withtable(character, categories);
}

constexpr std::uint32_t visible = UC_CATEGORY_MASK_L | UC_CATEGORY_MASK_N | UC_CATEGORY_MASK_P | UC_CATEGORY_MASK_S;

}

std::string to_utf8(std::u32string_view text)
{
    std::string bytes;
    bytes.reserve(text.size());
    for (const char32_t character : text) {
        if (character < 0x80) {
            bytes += static_cast<char>(character);
        } else {
            utf8::append(bytes, character);
        }
    }
    return bytes;
}

std::u32string nfc(std::u32string_view text)
{
    const auto unchanged = [](char32_t character) { return character < first_combining_mark; };
    return std::ranges::all_of(text, unchanged) ? std::u32string(text) : normalize(UNINORM_NFC, text);
}

std::u32string nfkc_casefold(char32_t character)
{
    auto text = normalize(UNINORM_NFKC, casefold(normalize(UNINORM_NFKC, std::u32string_view(&character, 1))));
    std::erase_if(text, [](char32_t each) { return uc_is_property_default_ignorable_code_point(each); });
    return text;
}

std::u32string lower_case(std::u32string_view text)
{
    std::u32string lower;
    lower.reserve(text.size());
    for (const char32_t character : text) {
        if (character < 0x80) {
            lower += lower_case(character);
        } else if (character == U'\u0130') {
            lower += U"i\u0307"; // the only letter whose lower case is more than one character
        } else {
            lower += static_cast<char32_t>(uc_tolower(character));
        }
    }
    return lower;
}

bool is_ascii(std::u32string_view text)
{
    return std::ranges::all_of(text, [](char32_t character) { return character < 0x80; });
}

bool is_atom_character(char32_t character)
{
    return is_plain(character) ||
           (character < 0x80 && atom_symbols.find(static_cast<char>(character)) != atom_symbols.npos);
}

bool is_letter_or_number(char32_t character)
{
    return has_category(character, UC_CATEGORY_MASK_L | UC_CATEGORY_MASK_N);
}

bool is_blank(char32_t character)
{
    if (character < 0x80) {
        return character == U' ' || (character >= 0x09 && character <= 0x0D) ||
               (character >= 0x1C && character <= 0x1F);
    }
    return uc_is_property_white_space(character);
}

std::u32string_view trim(std::u32string_view text)
{
    while (!text.empty() && is_blank(text.front())) {
        text.remove_prefix(1);
    }
    while (!text.empty() && is_blank(text.back())) {
        text.remove_suffix(1);
    }
    return text;
}

std::string name_of(char32_t character)
{
    if (has_category(character, visible)) {
        const std::string_view mark = character == U'\'' || character == U'\\' ? "\"" : "'";
        return fmt::format("{}{}{}", mark, to_utf8({&character, 1}), mark);
    }
    std::array<char, UNINAME_MAX> name{};
    if (unicode_character_name(character, name.data()) != nullptr) {
        return name.data();
    }
    return fmt::format(fmt::runtime(character < 0xFFFF ? "U+{:04X}" : "U+{:08X}"),
                       static_cast<std::uint32_t>(character));
}

std::string in_quotes(std::u32string_view text)
{
    std::string quoted = "'";
    for (const char32_t character : text) {
        const auto number = static_cast<std::uint32_t>(character);
        if (has_category(character, visible | UC_CATEGORY_MASK_M) || character == U' ') {
            utf8::append(quoted, character);
        } else if (number < 0x100) {
            quoted += fmt::format("\\x{:02x}", number);
        } else if (number < 0x10000) {
            quoted += fmt::format("\\u{:04x}", number);
        } else {
            quoted += fmt::format("\\U{:08x}", number);
        }
    }
    return quoted += '\'';
}

Reason naming(std::string_view sentence, std::u32string_view characters)
{
    std::set<std::string> names;
    for (const char32_t character : characters) {
        names.insert(name_of(character));
    }
    return fmt::format("{}: {}.", sentence, fmt::join(names, ", "));
}

std::string too_many(std::size_t characters)
{
    return fmt::format("({} character{} too many)", characters, characters == 1 ? "" : "s");
}

Fault fault_of_unsafe_characters(std::u32string_view text, Blanks blanks)
{
    std::set<char32_t> unsafe;
    for (const char32_t& character : text) {
        const bool in_first_place = &character == text.data();
        const bool safe = has_category(character, visible) ||
                          (has_category(character, UC_CATEGORY_MASK_M) && !in_first_place) ||
                          (has_category(character, UC_CATEGORY_MASK_Zs) && blanks == Blanks::allowed);
        if (!safe) {
            unsafe.insert(character);
        }
    }
    if (unsafe.empty()) {
        return std::nullopt;
    }
    std::vector<std::string> names;
    std::ranges::transform(unsafe, std::back_inserter(names), name_of);
    return fmt::format("The email address contains unsafe characters: {}.", fmt::join(names, ", "));
}

}
