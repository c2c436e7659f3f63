#pragma once

#include "accounts/email_address_characters.hpp"

#include <expected>

/// One label of a domain, as the protocol of IDNA 2008 sees it (RFC 5890–5893). A reason stands in brackets in the
/// sentence that the person reads.
namespace watchword::accounts::email {

/// The A-label of a label that UTS #46 has mapped already: `bücher` is `xn--bcher-kva`; ASCII stays as it is.
std::expected<std::string, Reason> to_a_label(std::u32string_view label);

/// The U-label of a label in lower-case ASCII: `xn--bcher-kva` is `bücher`; without `xn--` it stays as it is.
std::expected<std::u32string, Reason> to_u_label(std::string_view label);

/// Whether a character makes its domain one that is read from right to left, in part at least (RFC 5893 §1.4).
bool is_right_to_left(char32_t character);

/// What the Bidi Rule says against a label of such a domain (RFC 5893 §2).
Fault fault_of_direction(std::u32string_view label);

}
