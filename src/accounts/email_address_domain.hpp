#pragma once

#include "accounts/email_address_characters.hpp"

#include <expected>

/// The part behind the @-sign, in three steps: a name that DNS could carry, a name that the public internet could have,
/// and the form in which people read it.
namespace watchword::accounts::email {

/// The domain in ASCII and lower case, Unicode as A-labels, after the mapping of UTS #46 (non-transitional). Full-width
/// letters and ideographic full stops are the letters and dots they look like.
std::expected<std::string, Reason> ascii_domain(std::u32string_view written);

/// What keeps mail from ever being delivered there: a name without a dot, a top-level domain that ends in no letter, a
/// special-use name (RFC 6761, RFC 7686).
Fault fault_of_public_name(std::string_view ascii_domain);

/// The domain as people read it, in UTF-8, A-labels as Unicode.
std::expected<std::string, Reason> unicode_domain(std::string_view ascii_domain);

/// Why an address in square brackets (RFC 5321 §4.1.3) is none, or that it is not allowed. `literal` has no brackets.
Reason fault_of_address_literal(std::u32string_view literal);

}
