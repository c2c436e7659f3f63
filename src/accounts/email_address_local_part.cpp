#include "accounts/email_address_local_part.hpp"

#include <array>

#include <fmt/format.h>

namespace watchword::accounts::email {
namespace {

constexpr std::size_t longest_local_part = 64; // octets in RFC 5321 §4.5.3.1.1; characters here, as RFC 6531 is read

/// RFC 2142: names that every domain knows, in any case.
constexpr std::array<std::u32string_view, 15> well_known_names = {
    U"info", U"marketing",  U"sales",  U"support",   U"abuse", U"noc",  U"security", U"postmaster",
    U"news", U"hostmaster", U"usenet", U"webmaster", U"www",   U"uucp", U"ftp",
};

Fault fault_of_dots(std::u32string_view local_part)
{
    if (local_part.ends_with(U'.')) {
        return "An email address cannot have a period immediately before the @-sign.";
    }
    if (local_part.starts_with(U'.')) {
        return "An email address cannot start with a period.";
    }
    if (local_part.contains(U"..")) {
        return "An email address cannot have two periods in a row.";
    }
    return std::nullopt;
}

bool may_stand_in_atoms(char32_t character)
{
    return is_atom_character(character) || character == U'.' || character >= 0x80;
}

bool may_stand_in_quotes(char32_t character)
{
    return character >= U' ' && character != 0x7F;
}

Fault fault_of_quoted_string(std::u32string_view local_part)
{
    if (std::ranges::all_of(local_part, may_stand_in_atoms) && !fault_of_dots(local_part)) {
        return fault_of_dot_atom(local_part); // needs no quotes
    }
    if (auto fault = fault_of_characters("The email address contains invalid characters in quotes before the @-sign",
                                         local_part, may_stand_in_quotes)) {
        return fault;
    }
    return fault_of_unsafe_characters(local_part, Blanks::allowed);
}

Fault fault_of_local_part(const Parts& parts, std::u32string_view local_part)
{
    if (local_part.empty()) {
        return "There must be something before the @-sign.";
    }
    if (local_part.size() > longest_local_part) {
        return fmt::format("The email address is too long before the @-sign {}.",
                           too_many(local_part.size() - longest_local_part));
    }
    return parts.quoted ? fault_of_quoted_string(local_part) : fault_of_dot_atom(local_part);
}

}

Fault fault_of_dot_atom(std::u32string_view local_part)
{
    if (auto fault = fault_of_characters("The email address contains invalid characters before the @-sign", local_part,
                                         may_stand_in_atoms)) {
        return fault;
    }
    if (auto fault = fault_of_dots(local_part)) {
        return fault;
    }
    return is_ascii(local_part) ? Fault{} : fault_of_unsafe_characters(local_part);
}

std::expected<std::u32string, Reason> local_part_of(const Parts& parts)
{
    if (auto fault = fault_of_local_part(parts, parts.local_part)) {
        return std::unexpected(*std::move(fault));
    }
    auto local_part = nfc(parts.local_part);
    if (local_part != parts.local_part) {
        if (const auto fault = fault_of_local_part(parts, local_part)) {
            return std::unexpected("After Unicode normalization: " + *fault);
        }
    }
    if (parts.quoted) {
        return std::unexpected("Quoting the part before the @-sign is not allowed here.");
    }
    auto lower = lower_case(local_part);
    return std::ranges::find(well_known_names, lower) != well_known_names.end() ? std::move(lower)
                                                                                : std::move(local_part);
}

}
