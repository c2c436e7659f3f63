#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace watchword::mail {

/// A mail address as SMTP takes it: a local part and a domain in ASCII (RFC 5321 §4.1.2, RFC 5891).
struct Address {
    std::string local_part;
    std::string domain; ///< lower case, international labels as `xn--…`

    /// Whether only a server that offers SMTPUTF8 (RFC 6531) can take it. An international domain alone does not need
    /// that.
    bool needs_smtputf8() const;

    /// `local_part@domain`
    std::string text() const { return local_part + '@' + domain; }

    bool operator==(const Address&) const = default;
};

/// Reads an address that somebody else has already accepted. Nothing where it could change the meaning of an SMTP
/// command or of a header line (control characters, blanks, `<`, `>`, `,`, quotes), or has no domain that DNS could
/// hold.
std::optional<Address> parse_address(std::string_view text);

}
