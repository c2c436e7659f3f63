#pragma once

#include <string>
#include <string_view>

namespace watchword::files {

/// The media type of a file by the ending of its name, in any case: `image/png`; `application/octet-stream` where the
/// ending says nothing. An ending that names a compression (`.gz`, `.bz2`, `.xz`) is passed over: `a.tar.gz` is
/// `application/x-tar`, as the service that this one replaces had it, whose table came from its host.
std::string_view content_type_of(std::string_view file_name);

/// Whether a browser may show a file of that type instead of saving it: PNG, JPEG, GIF and WebP, if their first bytes
/// say so too. Whatever may hold a script is saved.
bool may_be_shown(std::string_view content_type, std::string_view beginning);

/// The value of `Content-Disposition` (RFC 6266) for a name without control characters. A name that a quoted text
/// cannot hold safely stands in `filename*` (RFC 8187), beside a readable form of it for clients that know only
/// `filename`.
std::string content_disposition(std::string_view kind, std::string_view file_name);

}
