#pragma once

#include "accounts/email_address_characters.hpp"

#include <expected>

/// How a typed text falls into the parts of an address. Nothing here judges the parts themselves.
namespace watchword::accounts::email {

enum class Form {
    bare,             ///< `jane@example.com`
    in_angle_brackets ///< `Jane <jane@example.com>`, with or without a name
};

struct Parts {
    Form form;
    std::u32string local_part;  ///< without its quotation marks and the backslashes of its escapes
    bool quoted;                ///< the local part stood in quotation marks
    std::u32string_view domain; ///< a part of the text that was split
};

/// The address of `Jane <jane@example.com>` or `"Jane (work)" <jane@example.com>`, the form in which mail programs copy
/// addresses. Nothing where the text has another form or the name, unquoted, has characters that a name cannot have.
std::optional<std::u32string_view> inside_angle_brackets(std::u32string_view text);

/// Splits at the first @-sign outside quotation marks. Of the brackets that `inside_angle_brackets` does not know it
/// says what is wrong with them, or, where nothing is, that they were there.
std::expected<Parts, Reason> split(std::u32string_view text);

}
