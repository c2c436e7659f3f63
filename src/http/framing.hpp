#pragma once

#include <cstddef>
#include <cstdint>
#include <expected>
#include <string_view>
#include <vector>

/// The gate in front of everything: where a request ends, and whether two readers could disagree about it.
///
/// A proxy and a server that frame one byte stream differently let an attacker smuggle requests past the proxy's rules.
/// So the gate accepts only what RFC 9110 and RFC 9112 allow to be generated and none of what they let a recipient
/// tolerate; whatever it refuses ends the connection. It reads bytes and knows no sockets.
namespace watchword::http {

/// No browser or proxy comes near these by itself. The length of a whole head is a setting, for cookies of other
/// services on the same domain can make it long.
inline constexpr std::size_t usual_head_bytes_max = 8 * 1024;
inline constexpr std::size_t target_bytes_max = 4 * 1024;
inline constexpr std::size_t method_bytes_max = 32;
inline constexpr std::size_t fields_max = 100;

/// Why a request goes no further. The reason is sent; it is a fixed text and repeats nothing of what was received.
struct Rejection {
    unsigned status;
    std::string_view reason;

    bool operator==(const Rejection&) const = default;
};

struct Field {
    std::string_view name;
    std::string_view value; ///< without the blanks around it
};

/// What decides where this request ends and whether another may follow.
struct Framing {
    enum class Version { http_1_0, http_1_1 };
    enum class Body { none, length, chunked };
    enum class Expectation {
        none,
        proceed, ///< `100-continue`: the client waits for our word before it sends the body
        unknown, ///< 417 (RFC 9110 §10.1.1)
    };

    Version version = Version::http_1_1;
    Body body = Body::none;
    std::uint64_t length = 0; ///< with Body::length
    bool keep_alive = true;   ///< the client is ready to send another
    Expectation expectation = Expectation::none;

    bool operator==(const Framing&) const = default;
};

/// The head of a request. The views point into the bytes that it was read from.
struct Head {
    std::string_view method;
    std::string_view target;
    std::vector<Field> fields;
    Framing framing;
};

/// How many of `bytes`, which begin with the first byte of a request, its head has, the empty line included; 0 while
/// the end has not arrived. An error as soon as it is certain that no acceptable head will come of it: a stranger's
/// protocol or a bare LF is not waited for, and a head beyond `head_bytes_max` is 431.
std::expected<std::size_t, Rejection> head_length(std::string_view bytes,
                                                  std::size_t head_bytes_max = usual_head_bytes_max);

/// Reads a whole head, as long as `head_length` said.
///
/// Accepts one empty line before the request line (RFC 9112 §2.2). Refuses, beyond what the grammar of RFC 9112 §2–§5
/// refuses: folded lines, a bare CR or LF, versions other than 1.0 and 1.1 (505), `Transfer-Encoding` that is not the
/// one word `chunked`, or stands beside `Content-Length`, or in HTTP/1.0; `Content-Length` that is not digits once; in
/// HTTP/1.1 anything but exactly one valid, non-empty `Host`, in HTTP/1.0 more than one; a target in absolute-form
/// whose host is not the one of `Host`; and what exceeds the limits above (414, 431).
std::expected<Head, Rejection> read_head(std::string_view bytes);

/// The value of the first field of that name in a head that may be incomplete or wrong. For use on the answers to such
/// heads only.
std::string_view find_in_refused_head(std::string_view bytes, std::string_view name);

}
