#pragma once

#include "files/file_name.hpp"

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

/// How names of files are written on a disk: in lower-case ASCII that no file system changes or takes for something
/// else, so that two names are two files also where case or Unicode forms make no difference, and none is special.
namespace watchword::files {

/// A path relative to the folder of the account: `a` to `z`, digits, `-`, `_` and, but in front, `.` stay; a capital
/// letter is `+` and its small one; every other byte is `%` and two hexadecimal digits. What is longer than
/// `disk_segment_bytes_max` is cut into folders, whose names end with `~`.
std::string disk_path(const FileName& name);

/// The name whose disk path it is; nothing where no name has it.
std::optional<FileName> name_of_disk_path(std::string_view path);

/// File systems allow 255.
inline constexpr std::size_t disk_segment_bytes_max = 240;

}
