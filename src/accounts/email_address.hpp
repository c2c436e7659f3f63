#pragma once

#include <expected>
#include <optional>
#include <string>
#include <string_view>

namespace watchword::accounts {

/// A valid e-mail address: what the Python package `email-validator` accepts without asking the DNS (RFC 5321, 5322,
/// 6531; domains by IDNA 2008, RFC 5891–5893, after the mapping of UTS #46), with at most 64 characters before the
/// @-sign.
struct EmailAddress {
    /// As stored and shown: the local part in NFC, the domain in lower case and in Unicode.
    std::string text;

    /// Who it is: `text` in lower case, without regard to any locale, a final sigma as any other sigma. One canonical
    /// form is one mailbox is one account. `İ` becomes `i̇` and `ı` stays `ı`: neither is ever an `i`.
    std::string canonical;

    /// As it was typed, where `text` is something else and a row of the replaced service with the same canonical form
    /// may have just this spelling: padded, with capitals or Punycode in its domain.
    std::optional<std::string> typed = std::nullopt;

    /// Reads an address as a person types it: blanks around it are dropped, and `Jane <jane@example.com>` means the
    /// part in brackets. `input` is UTF-8 of any length and any content. The error is one whole sentence for that
    /// person, the one that email-validator has.
    static std::expected<EmailAddress, std::string> parse(std::string_view input);
};

/// The canonical form of an address that stands in a row, which may be one that `parse` refuses or writes otherwise:
/// padded, with capitals or Punycode in its domain, or no address at all. Never fails; does what can be done.
std::string canonical_of(std::string_view stored_text);

/// The key by which mails to one person are counted: the canonical form without the `+tag` of its local part.
std::string mailbox(const EmailAddress& address);

/// An address as the envelope of a mail carries it.
struct EnvelopeAddress {
    std::string text; ///< `local@xn--…`
    bool needs_smtputf8 =
        false; ///< the local part is not ASCII: only a server that offers SMTPUTF8 can take it (RFC 6531)
};

/// The stored address with its domain in ASCII (A-labels, RFC 5890). Nothing where no mail can be addressed to the
/// text: it has no @-sign, a blank or control character, a quoted local part, or a domain that is none.
std::optional<EnvelopeAddress> ascii_domain_form(std::string_view stored_text);

}
