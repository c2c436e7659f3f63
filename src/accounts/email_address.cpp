#include "accounts/email_address.hpp"

#include "accounts/email_address_domain.hpp"
#include "accounts/email_address_local_part.hpp"
#include "accounts/email_address_split.hpp"
#include "base/utf8.hpp"

#include <utility>

#include <fmt/format.h>

namespace watchword::accounts {
namespace {

using namespace email;

constexpr std::size_t longest_input = 2048;  // characters; nothing longer is looked at
constexpr std::size_t longest_address = 254; // octets, RFC 5321 §4.5.3.1.3 and erratum 1690 of RFC 3696

std::size_t utf8_width(char32_t character)
{
    return character < 0x80 ? 1 : character < 0x800 ? 2 : character < 0x10000 ? 3 : 4;
}

/// Of the address as it was typed. How many characters are too many depends on which ones are taken away.
Fault fault_of_typed_length(const Parts& typed)
{
    std::size_t bytes = 1; // the @-sign
    std::size_t widest = 1;
    for (const std::u32string_view part : {std::u32string_view(typed.local_part), typed.domain}) {
        for (const char32_t character : part) {
            bytes += utf8_width(character);
            widest = std::max(widest, utf8_width(character));
        }
    }
    if (bytes <= longest_address) {
        return std::nullopt;
    }
    const std::size_t most = bytes - longest_address;
    const std::size_t least = std::max<std::size_t>(1, most / widest);
    return least == most ? fmt::format("The email address is too long {}.", too_many(most))
                         : fmt::format("The email address is too long ({}-{} characters too many).", least, most);
}

Fault fault_of_length(std::string_view local_part, std::string_view domain, std::string_view when)
{
    const std::size_t bytes = local_part.size() + 1 + domain.size();
    if (bytes <= longest_address) {
        return std::nullopt;
    }
    const std::size_t excess = bytes - longest_address;
    return fmt::format("The email address is too long {} ({} byte{} too many).", when, excess, excess == 1 ? "" : "s");
}

std::string joined(std::string_view local_part, std::string_view domain)
{
    std::string address;
    address.reserve(local_part.size() + 1 + domain.size());
    return address.append(local_part).append(1, '@').append(domain);
}

/// The canonical form of a local part in NFC and a domain as people read it.
std::string canonical_form(std::u32string_view local_part, std::string_view domain)
{
    auto lower = lower_case(local_part);
    // Which of its two lower-case forms a capital sigma has depends on what follows, so both are one letter here.
    std::ranges::replace(lower, U'\u03C2', U'\u03C3');
    return joined(to_utf8(nfc(lower)), domain);
}

struct Domain {
    std::string ascii;
    std::string unicode;
};

std::expected<Domain, Reason> domain_of(std::u32string_view written)
{
    if (written.empty()) {
        return std::unexpected("There must be something after the @-sign.");
    }
    if (written.starts_with(U'[') && written.ends_with(U']')) {
        return std::unexpected(fault_of_address_literal(written.substr(1, written.size() - 2)));
    }
    auto ascii = ascii_domain(written);
    if (!ascii) {
        return std::unexpected(std::move(ascii).error());
    }
    if (auto fault = fault_of_public_name(*ascii)) {
        return std::unexpected(*std::move(fault));
    }
    auto unicode = unicode_domain(*ascii);
    if (!unicode) {
        return std::unexpected(std::move(unicode).error());
    }
    return Domain{*std::move(ascii), *std::move(unicode)};
}

/// Limits hold for the address as it was typed, as it is stored, and as an envelope carries it.
Fault fault_of_lengths(const Parts& typed, std::string_view local_part, const Domain& domain)
{
    if (auto fault = fault_of_typed_length(typed)) {
        return fault;
    }
    if (auto fault = fault_of_length(local_part, domain.unicode, "after normalization")) {
        return fault;
    }
    return fault_of_length(local_part, domain.ascii, "when the part after the @-sign is converted to IDNA ASCII");
}

struct StoredParts {
    std::u32string local_part;
    std::u32string domain;
};

/// A stored text without the blanks around it, split at its last @-sign; nothing where it has none or is no UTF-8.
std::optional<StoredParts> split_stored(std::string_view stored_text)
{
    const auto decoded = utf8::decode(stored_text);
    if (!decoded) {
        return std::nullopt;
    }
    const auto text = trim(*decoded);
    const std::size_t at = text.rfind(U'@');
    if (at == text.npos) {
        return std::nullopt;
    }
    return StoredParts{nfc(text.substr(0, at)), std::u32string(text.substr(at + 1))};
}

}

std::expected<EmailAddress, std::string> EmailAddress::parse(std::string_view input)
{
    const auto typed = utf8::decode(input);
    if (!typed) {
        return std::unexpected("The email address contains an invalid character.");
    }
    if (typed->size() > longest_input) {
        return std::unexpected(fmt::format("Length must not exceed {} characters", longest_input));
    }
    if (typed->find_first_of(U"\r\n") != typed->npos) {
        return std::unexpected("Carriage return and line feed characters are not allowed");
    }
    const auto parts = split(trim(inside_angle_brackets(*typed).value_or(*typed)));
    if (!parts) {
        return std::unexpected(parts.error());
    }
    const auto local_part = local_part_of(*parts);
    if (!local_part) {
        return std::unexpected(local_part.error());
    }
    const auto domain = domain_of(parts->domain);
    if (!domain) {
        return std::unexpected(domain.error());
    }
    const std::string local_text = to_utf8(*local_part);
    if (auto fault = fault_of_lengths(*parts, local_text, *domain)) {
        return std::unexpected(*std::move(fault));
    }
    if (parts->form == Form::in_angle_brackets) {
        return std::unexpected("A display name and angle brackets around the email address are not permitted here.");
    }
    EmailAddress address{joined(local_text, domain->unicode), canonical_form(*local_part, domain->unicode)};
    if (input != address.text && canonical_of(input) == address.canonical) {
        address.typed = input;
    }
    return address;
}

std::string canonical_of(std::string_view stored_text)
{
    const auto parts = split_stored(stored_text);
    if (!parts) {
        std::string lower(stored_text);
        std::ranges::transform(lower, lower.begin(), [](char byte) {
            return byte >= 'A' && byte <= 'Z' ? static_cast<char>(byte + ('a' - 'A')) : byte;
        });
        return lower;
    }
    const auto ascii = ascii_domain(parts->domain);
    const auto unicode = ascii ? unicode_domain(*ascii) : ascii;
    return canonical_form(parts->local_part, unicode ? *unicode : to_utf8(nfc(lower_case(parts->domain))));
}

std::string mailbox(const EmailAddress& address)
{
    const std::string_view canonical = address.canonical;
    const std::size_t at = canonical.rfind('@');
    const std::size_t tag = canonical.substr(0, at).find('+', 1); // a `+` in the first place is a name, not a tag
    return joined(canonical.substr(0, std::min(tag, at)), canonical.substr(at + 1));
}

std::optional<EnvelopeAddress> ascii_domain_form(std::string_view stored_text)
{
    const auto parts = split_stored(stored_text);
    if (!parts || parts->local_part.empty() || fault_of_dot_atom(parts->local_part)) {
        return std::nullopt;
    }
    const auto domain = ascii_domain(parts->domain);
    if (!domain) {
        return std::nullopt;
    }
    return EnvelopeAddress{joined(to_utf8(parts->local_part), *domain), !is_ascii(parts->local_part)};
}

}
