#include "accounts/email_address.hpp"
#include "base/utf8.hpp"

#include <algorithm>
#include <cstdlib>

#include <unictype.h>

namespace {

using namespace watchword;

void require(bool holds)
{
    if (!holds) {
        std::abort();
    }
}

bool is_blank_or_control(char32_t character)
{
    return uc_is_property_white_space(character) ||
           uc_is_general_category_withtable(character, UC_CATEGORY_MASK_Cc | UC_CATEGORY_MASK_Cf);
}

void check_text(const std::string& text)
{
    const auto characters = utf8::decode(text);
    require(characters.has_value());
    require(std::ranges::count(*characters, U'@') == 1);
    require(std::ranges::none_of(*characters, is_blank_or_control));
    require(text.size() <= 254);
}

void check_envelope(const std::string& text)
{
    const auto envelope = accounts::ascii_domain_form(text);
    require(envelope.has_value());
    const std::size_t at = envelope->text.find('@');
    const auto is_ascii = [](char byte) { return static_cast<unsigned char>(byte) < 0x80; };
    require(std::ranges::all_of(envelope->text.substr(at), is_ascii));
    require(envelope->needs_smtputf8 == !std::ranges::all_of(envelope->text, is_ascii));
    require(accounts::EmailAddress::parse(envelope->text)->text == text); // both forms are one address
}

}

/// Whatever is accepted is one plain address, which is accepted again as itself, and it has one identity; and every
/// text that could stand in a row has one canonical form.
extern "C" int LLVMFuzzerTestOneInput(const unsigned char* data, std::size_t size)
{
    using accounts::EmailAddress;

    const std::string_view input(reinterpret_cast<const char*>(data), size);
    const std::string stored = accounts::canonical_of(input);
    require(accounts::canonical_of(stored) == stored);

    const auto address = EmailAddress::parse(input);
    if (!address) {
        require(utf8::valid(address.error()) && !address.error().empty());
        return 0;
    }
    check_text(address->text);
    check_text(accounts::mailbox(*address));
    check_envelope(address->text);

    const auto again = EmailAddress::parse(address->text);
    require(again && again->text == address->text && again->canonical == address->canonical);
    require(accounts::canonical_of(address->text) == address->canonical);
    require(accounts::canonical_of(address->canonical) == address->canonical);
    if (const auto canonical = EmailAddress::parse(address->canonical)) { // İ may make it too long
        require(canonical->canonical == address->canonical);
    }
    return 0;
}
