#include "accounts/email_address_label.hpp"

#include "accounts/email_address_punycode.hpp"

#include <cstdint>

#include <fmt/format.h>
#include <unictype.h>

namespace watchword::accounts::email {
namespace {

constexpr std::string_view prefix = "xn--"; // of A-labels
constexpr auto label_too_long = "Label too long";
constexpr std::size_t longest_label = 63;       // octets, RFC 1035 §2.3.1
constexpr std::size_t longest_to_look_at = 254; // characters; a longer one cannot be in a domain, and work is quadratic

/// What RFC 5892 says of a character.
enum class Standing { valid, needs_context, disallowed };

constexpr bool between(char32_t character, char32_t first, char32_t last)
{
    return character >= first && character <= last;
}

constexpr bool is_arabic_indic_digit(char32_t character)
{
    return between(character, 0x660, 0x669);
}

constexpr bool is_extended_arabic_indic_digit(char32_t character)
{
    return between(character, 0x6F0, 0x6F9);
}

/// RFC 5892 §2.6: characters whose standing does not follow from their properties.
std::optional<Standing> exception_for(char32_t character)
{
    switch (character) {
    case 0xDF: // ß and ς, which case folding would replace
    case 0x3C2:
    case 0x6FD:
    case 0x6FE:
    case 0xF0B:
    case 0x3007:
        return Standing::valid;
    case 0xB7:
    case 0x375:
    case 0x5F3:
    case 0x5F4:
    case 0x30FB:
        return Standing::needs_context;
    case 0x640:
    case 0x7FA:
    case 0x302E:
    case 0x302F:
    case 0x3031:
    case 0x3032:
    case 0x3033:
    case 0x3034:
    case 0x3035:
    case 0x303B:
        return Standing::disallowed;
    default:
        if (is_arabic_indic_digit(character) || is_extended_arabic_indic_digit(character)) {
            return Standing::needs_context;
        }
        return std::nullopt;
    }
}

/// RFC 5892 §2.5 and §2.9: combining marks for symbols, musical symbols, the jamo of old Hangul.
bool is_in_ignored_block(char32_t character)
{
    return between(character, 0x20D0, 0x20FF) || between(character, 0x1D100, 0x1D24F) ||
           between(character, 0x1100, 0x11FF) || between(character, 0xA960, 0xA97F) ||
           between(character, 0xD7B0, 0xD7FF);
}

/// RFC 5892 §3.
Standing standing_of(char32_t character)
{
    if (character < 0x80) {
        const bool ldh = character == U'-' || between(character, U'0', U'9') || between(character, U'a', U'z');
        return ldh ? Standing::valid : Standing::disallowed;
    }
    if (const auto exception = exception_for(character)) {
        return *exception;
    }
    if (uc_is_property_join_control(character)) {
        return Standing::valid; // in an address it is refused as an unsafe character, whatever stands beside it
    }
    constexpr std::uint32_t letters_and_digits = UC_CATEGORY_MASK_Ll | UC_CATEGORY_MASK_Lu | UC_CATEGORY_MASK_Lo |
                                                 UC_CATEGORY_MASK_Lm | UC_CATEGORY_MASK_Mn | UC_CATEGORY_MASK_Mc |
                                                 UC_CATEGORY_MASK_Nd;
    const bool valid = uc_is_general_category_withtable(character, letters_and_digits) &&
                       !is_in_ignored_block(character) &&
                       nfkc_casefold(character) == std::u32string_view(&character, 1);
    return valid ? Standing::valid : Standing::disallowed;
}

bool has_script(char32_t character, std::string_view name)
{
    const uc_script_t* const script = uc_script(character);
    return script != nullptr && script->name != nullptr && script->name == name;
}

bool is_japanese(char32_t character)
{
    return character != U'\u30FB' &&
           (has_script(character, "Hiragana") || has_script(character, "Katakana") || has_script(character, "Han"));
}

/// RFC 5892, appendix A.3 to A.9.
bool context_allows(std::u32string_view label, std::size_t at)
{
    const char32_t before = at > 0 ? label[at - 1] : U'\0';
    const char32_t after = at + 1 < label.size() ? label[at + 1] : U'\0';
    switch (label[at]) {
    case 0xB7: // middle dot: Catalan l·l
        return before == U'l' && after == U'l';
    case 0x375: // Greek numeral sign
        return has_script(after, "Greek");
    case 0x5F3: // Hebrew geresh and gershayim
    case 0x5F4:
        return has_script(before, "Hebrew");
    case 0x30FB: // Katakana middle dot
        return std::ranges::any_of(label, is_japanese);
    default: // the two kinds of Arabic digits do not stand in one label
        return std::ranges::none_of(label, is_arabic_indic_digit(label[at]) ? is_extended_arabic_indic_digit
                                                                            : is_arabic_indic_digit);
    }
}

Fault fault_of_characters_in(std::u32string_view label)
{
    for (std::size_t at = 0; at < label.size(); ++at) {
        const auto number = static_cast<std::uint32_t>(label[at]);
        switch (standing_of(label[at])) {
        case Standing::valid:
            break;
        case Standing::needs_context:
            if (!context_allows(label, at)) {
                return fmt::format("Codepoint U+{:04X} not allowed at position {} in {}", number, at + 1,
                                   in_quotes(label));
            }
            break;
        case Standing::disallowed:
            return fmt::format("Codepoint U+{:04X} at position {} of {} not allowed", number, at + 1, in_quotes(label));
        }
    }
    return std::nullopt;
}

/// RFC 5891 §4.2.
Fault fault_of_u_label(std::u32string_view label)
{
    if (label.empty()) {
        return "Empty Label";
    }
    if (label.size() > longest_to_look_at) {
        return label_too_long;
    }
    if (nfc(label) != label) {
        return "Label must be in Normalization Form C";
    }
    if (label.substr(std::min<std::size_t>(2, label.size())).starts_with(U"--")) {
        return "Label has disallowed hyphens in 3rd and 4th position";
    }
    if (label.starts_with(U'-') || label.ends_with(U'-')) {
        return "Label must not start or end with a hyphen";
    }
    if (uc_is_general_category_withtable(label.front(), UC_CATEGORY_MASK_M)) {
        return "Label begins with an illegal combining character";
    }
    if (auto fault = fault_of_characters_in(label)) {
        return fault;
    }
    return std::ranges::any_of(label, is_right_to_left) ? fault_of_direction(label) : std::nullopt;
}

std::expected<std::u32string, Reason> decode(std::string_view punycode)
{
    if (punycode.empty()) {
        return std::unexpected("Malformed A-label, no Punycode eligible content found");
    }
    if (punycode.ends_with('-')) {
        return std::unexpected("A-label must not end with a hyphen");
    }
    auto label = from_punycode(punycode);
    if (!label) {
        return std::unexpected("Invalid A-label");
    }
    // Several spellings decode to one label; only one of them is its name (RFC 5891 §5.3).
    if (to_punycode(*label) != punycode) {
        return std::unexpected("A-label is not the canonical Punycode encoding of its U-label");
    }
    return *std::move(label);
}

/// The direction in which a label is read; its first character decides.
enum class Reading { rightwards, leftwards };

/// RFC 5893 §2, rules 2 and 5.
bool may_stand(int direction, Reading reading)
{
    switch (direction) {
    case UC_BIDI_EN:
    case UC_BIDI_ES:
    case UC_BIDI_CS:
    case UC_BIDI_ET:
    case UC_BIDI_ON:
    case UC_BIDI_BN:
    case UC_BIDI_NSM:
        return true;
    case UC_BIDI_L:
        return reading == Reading::rightwards;
    case UC_BIDI_R:
    case UC_BIDI_AL:
    case UC_BIDI_AN:
        return reading == Reading::leftwards;
    default:
        return false;
    }
}

/// RFC 5893 §2, rules 3 and 6, of a direction that may stand.
bool may_end(int direction)
{
    return direction == UC_BIDI_L || direction == UC_BIDI_R || direction == UC_BIDI_AL || direction == UC_BIDI_EN ||
           direction == UC_BIDI_AN;
}

}

std::expected<std::string, Reason> to_a_label(std::u32string_view label)
{
    std::string a_label;
    if (is_ascii(label)) {
        a_label = to_utf8(label);
        if (const auto u_label = to_u_label(a_label); !u_label) {
            return std::unexpected(u_label.error());
        }
    } else {
        if (auto fault = fault_of_u_label(label)) {
            return std::unexpected(*std::move(fault));
        }
        a_label = std::string(prefix) + to_punycode(label);
    }
    if (a_label.size() > longest_label) {
        return std::unexpected(label_too_long);
    }
    return a_label;
}

std::expected<std::u32string, Reason> to_u_label(std::string_view label)
{
    std::u32string u_label(label.begin(), label.end());
    if (label.starts_with(prefix)) {
        auto decoded = decode(label.substr(prefix.size()));
        if (!decoded) {
            return decoded;
        }
        u_label = *std::move(decoded);
    }
    if (auto fault = fault_of_u_label(u_label)) {
        return std::unexpected(*std::move(fault));
    }
    return u_label;
}

bool is_right_to_left(char32_t character)
{
    const int direction = uc_bidi_category(character);
    return direction == UC_BIDI_R || direction == UC_BIDI_AL || direction == UC_BIDI_AN;
}

Fault fault_of_direction(std::u32string_view label)
{
    const int first = uc_bidi_category(label.front());
    if (first != UC_BIDI_L && first != UC_BIDI_R && first != UC_BIDI_AL) {
        return fmt::format("First codepoint in label {} must be directionality L, R or AL", in_quotes(label));
    }
    const Reading reading = first == UC_BIDI_L ? Reading::rightwards : Reading::leftwards;
    int last = first; // of those that are no non-spacing mark
    std::optional<int> numerals;
    for (std::size_t at = 0; at < label.size(); ++at) {
        const int direction = uc_bidi_category(label[at]);
        if (!may_stand(direction, reading)) {
            return fmt::format("Invalid direction for codepoint at position {} in a {} label", at + 1,
                               reading == Reading::leftwards ? "right-to-left" : "left-to-right");
        }
        if (reading == Reading::leftwards && (direction == UC_BIDI_EN || direction == UC_BIDI_AN)) {
            if (numerals.value_or(direction) != direction) {
                return "Can not mix numeral types in a right-to-left label";
            }
            numerals = direction;
        }
        if (direction != UC_BIDI_NSM) {
            last = direction;
        }
    }
    return may_end(last) ? Fault{} : "Label ends with illegal codepoint directionality";
}

}
