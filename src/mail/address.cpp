#include "mail/address.hpp"

#include "accounts/email_address.hpp"
#include "base/utf8.hpp"

#include <algorithm>

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

}

bool Address::needs_smtputf8() const
{
    return std::ranges::any_of(local_part, [](char byte) { return static_cast<unsigned char>(byte) >= 0x80; });
}

std::optional<Address> parse_address(std::string_view text)
{
    const auto envelope = accounts::ascii_domain_form(text);
    if (!envelope) {
        return std::nullopt;
    }
    const auto at = envelope->text.rfind('@');
    const auto local_part = envelope->text.substr(0, at);
    const auto characters = utf8::decode(local_part);
    if (!characters || !std::ranges::all_of(*characters, allowed_in_local_part)) {
        return std::nullopt;
    }
    return Address{local_part, envelope->text.substr(at + 1)};
}

}
