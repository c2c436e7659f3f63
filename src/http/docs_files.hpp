#pragma once

#include <span>
#include <string_view>

namespace watchword::http {

/// A file that is embedded in the program for `/docs`.
struct DocsFile {
    std::string_view name; ///< where it is below `/docs/`; empty: the page itself
    std::string_view media_type;
    std::string_view bytes;
    std::string_view gzip = {}; ///< the same bytes compressed (RFC 1952); empty where that saves little
};

/// All of them. cmake/swagger_ui.cmake decides whether Swagger UI is among them.
std::span<const DocsFile> docs_files();

}
