#pragma once

#include "base/time.hpp"
#include "http/request.hpp"

#include <cstdint>
#include <string>
#include <string_view>

namespace watchword::http {

/// What conditional and range requests are judged against.
struct Representation {
    std::uint64_t size = 0;
    std::string entity_tag; ///< a strong one, with its quotes (RFC 9110 §8.8.3)
    Instant modified;
};

/// What of a representation a GET or HEAD is answered with.
struct Selection {
    unsigned status = 200; ///< 200: all; 206: a part; 304: the client has it; 416: the part does not exist
    std::uint64_t offset = 0;
    std::uint64_t length = 0; ///< 0 with 304 and 416
};

/// Decides by `If-None-Match`, `If-Modified-Since` (RFC 9110 §13), `Range` and `If-Range` (§14). One range is served;
/// of several, and of what is no range of bytes, `Range` is ignored, as §14.2 allows. A date is compared exactly as we
/// have sent it, and is no reason to send a part: two versions may be of one second. HEAD knows no ranges.
Selection select_content(const Request& request, const Representation& representation);

/// `bytes 0-99/1234`, or `bytes */1234` with 416: the value of `Content-Range`.
std::string content_range(const Selection& selection, std::uint64_t size);

}
