#pragma once

#include <string>
#include <string_view>

namespace watchword::mail {

/// The body of a mail in the transfer encoding `quoted-printable` (RFC 2045 §6.7): ASCII only, lines of at most 76
/// characters that end in CRLF and never begin with a dot. CRLF, LF and CR in `text` each end a line.
std::string to_quoted_printable(std::string_view text);

}
