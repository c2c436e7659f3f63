#pragma once

#include "accounts/email_address_characters.hpp"
#include "accounts/email_address_split.hpp"

#include <expected>

/// The part before the @-sign: a dot-atom of RFC 5322 with the characters that RFC 6531 adds.
namespace watchword::accounts::email {

/// What keeps `local_part` from being atoms with single dots between them. It is not measured here.
Fault fault_of_dot_atom(std::u32string_view local_part);

/// The local part in NFC; in lower case where RFC 2142 gives the name a meaning (`Postmaster`, `INFO`).
std::expected<std::u32string, Reason> local_part_of(const Parts& parts);

}
