#pragma once

#include <string_view>

namespace watchword {

/// A file that stands in the program itself; cmake/embed.cmake puts it there.
struct EmbeddedText {
    std::string_view name; ///< the file's name, without its folder
    std::string_view text; ///< what was in it at build time
};

}
