#pragma once

#include "base/time.hpp"
#include "s3/client.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

/// How what a store says is read: strictly, for whatever is no S3 must not be taken for it.
namespace watchword::s3 {

struct ContentRange {
    std::uint64_t offset, length, size;
};

/// `bytes 0-15/1234`; nothing where it is anything else or makes no sense.
std::optional<ContentRange> read_content_range(std::string_view text);

/// The end of the second of an HTTP date. Throws Unavailable where it is none.
Instant read_http_date(const std::string& text);

/// The end of the second, or of the millisecond where one is given, of `2026-11-25T22:40:22.000Z`; nothing where it is
/// anything else.
std::optional<Instant> read_listed_time(std::string_view text);

/// A strong one with its quotes.
bool is_entity_tag(std::string_view text);

/// The answer to ListObjectsV2 with `encoding-type=url`; nothing where it is anything else.
std::optional<KeyPage> read_key_page(std::string_view document);

}
