#include "mail/address.hpp"

#include "base/utf8.hpp"

#include <algorithm>
#include <memory>

#include <idn2.h>

namespace watchword::mail {
namespace {

bool is_ascii(char32_t character)
{
    return character < 0x80;
}

/// RFC 5322 §3.2.3 `atext` and the dot, RFC 6532 §3.2 for the rest. Line and paragraph separators and the second range
/// of control characters are no part of any real address, and some readers break lines at them.
bool allowed_in_local_part(char32_t character)
{
    constexpr std::u32string_view signs = U"!#$%&'*+-/=?^_`{|}~.";
    if (!is_ascii(character)) {
        return character > 0x9F && character != 0x2028 && character != 0x2029;
    }
    return (character >= U'0' && character <= U'9') || (character >= U'A' && character <= U'Z') ||
           (character >= U'a' && character <= U'z') || signs.contains(character);
}

bool allowed_in_ascii_domain(char character)
{
    return (character >= '0' && character <= '9') || (character >= 'a' && character <= 'z') || character == '-' ||
           character == '.';
}

std::optional<std::string> ascii_domain(const std::string& domain)
{
    char* converted = nullptr;
    if (idn2_to_ascii_8z(domain.c_str(), &converted, IDN2_NFC_INPUT | IDN2_NONTRANSITIONAL) != IDN2_OK) {
        return std::nullopt;
    }
    const std::unique_ptr<char, decltype(&idn2_free)> owner(converted, &idn2_free);
    std::string ascii(converted);
    const bool empty_label = ascii.empty() || ascii.front() == '.' || ascii.find("..") != std::string::npos;
    if (empty_label || !std::ranges::all_of(ascii, allowed_in_ascii_domain)) {
        return std::nullopt;
    }
    return ascii;
}

}

bool Address::needs_smtputf8() const
{
    return std::ranges::any_of(local_part, [](char byte) { return static_cast<unsigned char>(byte) >= 0x80; });
}

std::optional<Address> parse_address(std::string_view text)
{
    const auto at = text.rfind('@');
    if (at == std::string_view::npos || at == 0 || text.contains('\0')) {
        return std::nullopt;
    }
    const auto local_part = text.substr(0, at);
    const auto characters = utf8::decode(local_part);
    if (!characters || !std::ranges::all_of(*characters, allowed_in_local_part)) {
        return std::nullopt;
    }
    auto domain = ascii_domain(std::string(text.substr(at + 1)));
    if (!domain) {
        return std::nullopt;
    }
    return Address{std::string(local_part), std::move(*domain)};
}

}
