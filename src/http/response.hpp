#pragma once

#include "base/result.hpp"
#include "http/body_stream.hpp"
#include "http/request.hpp"

#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace watchword::http {

/// An answer as a handler makes it. What every answer carries (`Date`, request id, CORS, security headers, framing) is
/// added once, by the pipeline, after the handler.
struct Response {
    unsigned status = 200;
    std::vector<Header> headers;
    std::string body;
    std::shared_ptr<BodySource> source = nullptr; ///< where it is set, it gives the body in place of `body`

    /// Sets a header, in place of one of the same name.
    Response& with(std::string_view name, std::string value);
};

/// `application/json` with this text.
Response json_text(unsigned status, std::string text);

/// `text/plain; charset=utf-8`.
Response plain_text(unsigned status, std::string text);

/// 204 without a body.
Response no_content();

/// `{"message": …}`, the form in which the service says that something was done.
Response message(std::string_view text);

/// `{"detail": …}` with the status, `WWW-Authenticate: Bearer` (401, RFC 6750 §3) and `Retry-After` that belong to it.
Response failure(const Error& error);

}
