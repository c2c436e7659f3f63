#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace watchword::http {

/// What a request asks for (RFC 9110 §7.1).
struct Target {
    std::string path;  ///< percent-decoded
    std::string query; ///< as sent, without the `?`
};

/// Reads a target in origin-form (`/path?query`), absolute-form (`http://host/path?query`), authority-form (`host:443`,
/// of CONNECT) or asterisk-form (RFC 9112 §3.2); the framing gate has said which methods may have which, and that the
/// host is the one of the `Host` header. Nothing where the decoded path is not UTF-8 or holds a NUL.
std::optional<Target> read_target(std::string_view target);

/// Replaces each `%` and two hexadecimal digits by their byte, once. A `%` that is followed by something else stays as
/// it is, as the service that this one replaces had it.
std::string percent_decoded(std::string_view text);

/// A path as it stands in a URI: `/`, and what RFC 3986 allows in a segment but `;`, stays; every other byte becomes
/// `%XX`.
std::string percent_encoded(std::string_view path);

}
