#pragma once

#include "http/request.hpp"
#include "http/response.hpp"

#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace watchword::http {

/// Which web pages may read our answers (Fetch Standard, CORS protocol). Made once at the start, read from every
/// thread.
///
/// An origin is allowed when it equals one of the list byte by byte: no patterns, no parts. With no origins configured
/// nothing is said at all, and OPTIONS is a method like any other.
class Cors {
public:
    Cors() = default;

    /// `*` among the origins allows every page, but without credentials, as the Fetch Standard wants it.
    explicit Cors(const std::vector<std::string>& origins);

    /// The header lines, each with its CRLF, that belong on every answer to this request, failures included: a page
    /// cannot see even the status of an answer without them. `Vary: Origin` stands there also without `Origin`, so that
    /// no cache hands one page the answer for another.
    std::string_view headers(std::string_view origin) const;

    /// The answer to a preflight; nothing where the request is none. The requested headers are mirrored, since tracing
    /// scripts add names that nobody can list (`traceparent`, `baggage`); which origin may ask is what protects.
    std::optional<Response> preflight(const Request& request) const;

private:
    enum class Mode { off, listed, every_origin };

    bool allows(std::string_view origin) const;

    Mode mode_ = Mode::off;
    std::map<std::string, std::string, std::less<>> lines_by_origin_;
};

}
