#pragma once

#include <filesystem>

namespace watchword {

/// Makes the folder that everything else is kept in, for this user alone, where it does not exist, and returns it.
/// Throws StartRefused where it cannot be written.
std::filesystem::path make_data_folder(const std::filesystem::path& folder);

}
