#pragma once

#include <string>
#include <string_view>

/// Text of people in the header of a mail. Whatever is given, the result has no control character, no line end but the
/// folds that it makes itself, and means to a reader exactly the text that was given.
namespace watchword::mail {

/// The value of an unstructured field such as `Subject` (RFC 5322 §2.2.1): as it is where that is plain ASCII and
/// short, otherwise in encoded words (RFC 2047) of at most 75 characters, folded one to a line. Text that only looks
/// like an encoded word is encoded too, so that it is shown and not decoded. Control characters become blanks; text
/// that is no UTF-8 loses what is not ASCII.
std::string header_text(std::string_view text);

/// The same for a display name before `<address>` (RFC 5322 §3.4): quoted where it has signs that need it.
std::string header_phrase(std::string_view name);

}
