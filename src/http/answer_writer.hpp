#pragma once

#include "http/response.hpp"

#include <string>
#include <string_view>

namespace watchword::http {

/// What an answer carries besides what its handler made.
struct AnswerContext {
    enum class Connection {
        keep_alive,          ///< nothing needs saying in HTTP/1.1
        keep_alive_http_1_0, ///< the client has asked for it, and must be told (RFC 9112 §9.3)
        close,
    };
    enum class Content { sent, head_only }; ///< `head_only` answers HEAD (RFC 9110 §9.3.2)

    std::string_view request_id;
    std::string_view listener_lines; ///< whole header lines
    std::string_view cors_lines;     ///< as well
    Connection connection;
    Content content;
};

/// Whether no header of the response could break the message: one with a line break in it, say a file name that came
/// from outside, would let its author write headers and answers of his own (response splitting).
bool has_valid_headers(const Response& response);

/// Appends the bytes of an answer: status line, common headers, the response's own headers, and its `body`; a `source`
/// is sent by the caller behind it.
///
/// `Date`, `X-Request-ID`, the length and what concerns the connection are always ours. The headers that harden an
/// answer against browsers and caches (`Cache-Control: no-store`, `Content-Security-Policy`, …) stand there unless the
/// response has its own of that name. The server tells nothing about itself. The response must have valid headers.
void append_answer(std::string& bytes, const Response& response, const AnswerContext& context);

}
