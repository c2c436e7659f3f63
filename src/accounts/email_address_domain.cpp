#include "accounts/email_address_domain.hpp"

#include "accounts/email_address_label.hpp"

#include <array>
#include <span>
#include <utility>

#include <arpa/inet.h>
#include <fmt/format.h>
#include <unictype.h>
#include <uninorm.h>

namespace watchword::accounts::email {
namespace {

constexpr std::size_t longest_domain = 253; // octets, RFC 1035 §2.3.4 without the root label
constexpr std::size_t longest_label = 63;   // octets, RFC 1035 §2.3.1
constexpr std::u32string_view dots = U".\u3002\uFF0E\uFF61";
constexpr std::array<std::string_view, 6> special_use_names = {"arpa",      "invalid", "local",
                                                               "localhost", "onion",   "test"};

bool is_hostname_character(char32_t character)
{
    return is_plain(character) || character == U'-' || character == U'.' || character >= 0x80;
}

/// A character such as `⒈` that stands for a dot and something else.
bool hides_a_dot(char32_t character)
{
    if (is_plain(character) || dots.contains(character)) {
        return false;
    }
    std::array<ucs4_t, UC_DECOMPOSITION_MAX_LENGTH> buffer{};
    int kind = 0;
    const int count = uc_decomposition(character, &kind, buffer.data());
    return count > 0 && std::ranges::count(std::span(buffer).first(static_cast<std::size_t>(count)), U'.') > 0;
}

Fault fault_of_written_domain(std::u32string_view written)
{
    constexpr auto invalid_characters = "The part after the @-sign contains invalid characters";
    if (auto fault = fault_of_characters(invalid_characters, written, is_hostname_character)) {
        return fault;
    }
    if (is_ascii(written)) {
        return std::nullopt;
    }
    if (auto fault = fault_of_unsafe_characters(written)) {
        return fault;
    }
    return fault_of_characters(invalid_characters, written, std::not_fn(hides_a_dot));
}

/// What UTS #46, §4, writes in place of one character; nothing where the character is disallowed.
std::optional<std::u32string> mapping_of(char32_t character)
{
    if (dots.contains(character)) {
        return U".";
    }
    if (character == U'\u1E9E' || character == U'\u00DF') {
        return U"\u00DF"; // `ß` in either case is a letter of its own, not `ss`
    }
    if (character == U'\u03C2') {
        return U"\u03C2";
    }
    auto mapped = nfkc_casefold(character);
    const bool describes_an_ideograph =
        uc_is_property_ids_binary_operator(character) || uc_is_property_ids_trinary_operator(character);
    const bool replaces_something = character == U'\uFFFC' || character == U'\uFFFD';
    if (describes_an_ideograph || replaces_something || mapped.find_first_of(dots) != mapped.npos) {
        return std::nullopt;
    }
    return mapped;
}

std::expected<std::u32string, Reason> map(std::u32string_view written)
{
    std::u32string mapped;
    mapped.reserve(written.size());
    for (std::size_t at = 0; at < written.size(); ++at) {
        const char32_t character = written[at];
        if (character < 0x80) {
            mapped += lower_case(character);
        } else if (const auto mapping = mapping_of(character)) {
            mapped += *mapping;
        } else {
            return std::unexpected(fmt::format("The part after the @-sign contains invalid characters (Codepoint "
                                               "U+{:04X} not allowed at position {} in {}).",
                                               static_cast<std::uint32_t>(character), at + 1, in_quotes(written)));
        }
    }
    return nfc(mapped);
}

/// Where dots and hyphens may not stand (RFC 952, RFC 1123 §2.1).
Fault fault_of_punctuation(std::u32string_view domain)
{
    if (domain.ends_with(U'.')) {
        return "An email address cannot end with a period.";
    }
    if (domain.starts_with(U'.')) {
        return "An email address cannot have a period immediately after the @-sign.";
    }
    if (domain.contains(U"..")) {
        return "An email address cannot have two periods in a row.";
    }
    if (domain.ends_with(U'-')) {
        return "An email address cannot end with a hyphen.";
    }
    if (domain.starts_with(U'-')) {
        return "An email address cannot have a hyphen immediately after the @-sign.";
    }
    if (domain.contains(U".-") || domain.contains(U"-.")) {
        return "An email address cannot have a period and a hyphen next to each other.";
    }
    return std::nullopt;
}

/// Calls `visit` with each label until it returns a fault.
template <class Text, class Visit>
Fault first_fault(Text domain, Visit visit)
{
    for (;;) {
        const std::size_t dot = domain.find('.');
        if (auto fault = visit(domain.substr(0, dot)); fault || dot == Text::npos) {
            return fault;
        }
        domain.remove_prefix(dot + 1);
    }
}

Fault fault_of_mapped_domain(std::u32string_view domain)
{
    if (auto fault =
            fault_of_characters("The part after the @-sign contains invalid characters after Unicode normalization",
                                domain, is_hostname_character)) {
        return fault;
    }
    if (auto fault = fault_of_punctuation(domain)) {
        return fault;
    }
    return first_fault(domain, [](std::u32string_view label) -> Fault {
        // Kept for encodings to come, RFC 5890 §2.3.1.
        const bool reserved = label.size() >= 4 && label.substr(2, 2) == U"--" && !label.starts_with(U"xn");
        return reserved ? Fault{"An email address cannot have two letters followed by two dashes immediately after the "
                                "@-sign or after a period, except Punycode."}
                        : Fault{};
    });
}

std::expected<std::string, Reason> to_a_labels(std::u32string_view domain)
{
    std::string ascii;
    auto fault = first_fault(domain, [&](std::u32string_view label) -> Fault {
        const auto a_label = to_a_label(label);
        if (!a_label) {
            return fmt::format("The part after the @-sign is invalid ({}).", a_label.error());
        }
        ascii += ascii.empty() ? *a_label : '.' + *a_label;
        return std::nullopt;
    });
    if (fault) {
        return std::unexpected(*std::move(fault));
    }
    return ascii;
}

Reason not_idna(std::string_view reason)
{
    return fmt::format("The part after the @-sign is not valid IDNA ({}).", reason);
}

std::expected<std::u32string, Reason> to_u_labels(std::string_view ascii)
{
    std::u32string domain;
    auto fault = first_fault(ascii, [&](std::string_view label) -> Fault {
        const auto u_label = to_u_label(label);
        if (!u_label) {
            return not_idna(u_label.error());
        }
        domain += domain.empty() ? *u_label : U'.' + *u_label;
        return std::nullopt;
    });
    if (fault) {
        return std::unexpected(*std::move(fault));
    }
    return domain;
}

/// One label that is read from right to left turns its neighbours round on the screen, so that the domain looks like
/// another one: the Bidi Rule then binds every label (RFC 5893 §1.4).
Fault fault_of_directions(std::u32string_view domain)
{
    if (std::ranges::none_of(domain, is_right_to_left)) {
        return std::nullopt;
    }
    return first_fault(domain, [](std::u32string_view label) -> Fault {
        const auto fault = fault_of_direction(label);
        return fault ? Fault{not_idna(*fault)} : Fault{};
    });
}

Fault fault_of_lengths(std::string_view domain)
{
    if (domain.size() > longest_domain) {
        const std::size_t excess = domain.size() - longest_domain;
        return fmt::format("The email address is too long after the @-sign ({} byte{} too many after IDNA encoding).",
                           excess, excess == 1 ? "" : "s");
    }
    return first_fault(domain, [](std::string_view label) -> Fault {
        if (label.size() <= longest_label) {
            return std::nullopt;
        }
        return fmt::format("After the @-sign, periods cannot be separated by so many characters {}.",
                           too_many(label.size() - longest_label));
    });
}

}

std::expected<std::string, Reason> ascii_domain(std::u32string_view written)
{
    if (written.size() > longest_domain) {
        return std::unexpected(fmt::format("The email address is too long after the @-sign {}.",
                                           too_many(written.size() - longest_domain)));
    }
    if (auto fault = fault_of_written_domain(written)) {
        return std::unexpected(*std::move(fault));
    }
    const auto domain = map(written);
    if (!domain) {
        return std::unexpected(domain.error());
    }
    if (auto fault = fault_of_mapped_domain(*domain)) {
        return std::unexpected(*std::move(fault));
    }
    auto ascii = is_ascii(*domain) && !domain->empty() ? to_utf8(*domain) : to_a_labels(*domain);
    if (!ascii) {
        return ascii;
    }
    if (auto fault = fault_of_lengths(*ascii)) {
        return std::unexpected(*std::move(fault));
    }
    return ascii;
}

Fault fault_of_public_name(std::string_view ascii_domain)
{
    const std::size_t last_dot = ascii_domain.rfind('.');
    if (last_dot == ascii_domain.npos) {
        return "The part after the @-sign is not valid. It should have a period.";
    }
    if (ascii_domain.back() < 'a' || ascii_domain.back() > 'z') {
        return "The part after the @-sign is not valid. It is not within a valid top-level domain.";
    }
    if (std::ranges::find(special_use_names, ascii_domain.substr(last_dot + 1)) != special_use_names.end()) {
        return "The part after the @-sign is a special-use or reserved name that cannot be used with email.";
    }
    return std::nullopt;
}

std::expected<std::string, Reason> unicode_domain(std::string_view ascii_domain)
{
    if (!ascii_domain.contains("xn--")) {
        return std::string(ascii_domain);
    }
    const auto domain = to_u_labels(ascii_domain);
    if (!domain) {
        return std::unexpected(domain.error());
    }
    if (auto fault = fault_of_unsafe_characters(*domain)) {
        return std::unexpected(*std::move(fault));
    }
    if (auto fault = fault_of_directions(*domain)) {
        return std::unexpected(*std::move(fault));
    }
    return to_utf8(*domain);
}

Reason fault_of_address_literal(std::u32string_view literal)
{
    constexpr auto not_allowed = "A bracketed IP address after the @-sign is not allowed here.";
    const std::string text = to_utf8(literal);
    in6_addr address{};
    if (!text.empty() && text.find_first_not_of("0123456789.") == text.npos) {
        return inet_pton(AF_INET, text.c_str(), &address) == 1 ? not_allowed
                                                               : "The address in brackets after the @-sign is not "
                                                                 "valid: It is not an IPv4 address or is missing an "
                                                                 "address literal tag.";
    }
    if (lower_case(literal.substr(0, 5)) == U"ipv6:") {
        return inet_pton(AF_INET6, text.c_str() + 5, &address) == 1
                   ? not_allowed
                   : "The IPv6 address in brackets after the @-sign is not valid.";
    }
    if (!literal.contains(U':')) {
        return "The part after the @-sign in brackets is not an IPv4 address and has no address literal tag.";
    }
    const auto may_stand = [](char32_t character) { return character > U' ' && character <= U'\u00FA'; };
    return fault_of_characters("The part after the @-sign contains invalid characters in brackets", literal, may_stand)
        .value_or("The part after the @-sign contains an invalid address literal tag in brackets.");
}

}
