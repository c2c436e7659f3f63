#pragma once

#include "base/descriptor.hpp"

#include <filesystem>
#include <string_view>

/// Files of this machine. Both functions block, and throw Unavailable when the disk does not do what it should.
namespace watchword::files {

/// Appends all of the bytes.
void write_all(const Descriptor& file, std::string_view bytes);

/// A new file in the folder that has no name, so that it is gone with its descriptor, whatever happens.
Descriptor open_nameless(const std::filesystem::path& folder);

}
