#pragma once

#include <optional>
#include <string>
#include <string_view>

/// Punycode (RFC 3492): Unicode in the letters, digits and hyphens of a DNS label, here without the `xn--` before it.
namespace watchword::accounts::email {

/// `bücher` is `bcher-kva`. Text of a few hundred characters at most: the work is quadratic in the length.
std::string to_punycode(std::u32string_view text);

/// `bcher-kva` is `bücher`. Nothing where `encoded`, in lower case, is no Punycode of Unicode text.
std::optional<std::u32string> from_punycode(std::string_view encoded);

}
