#include "app/data_folder.hpp"

#include "base/start_refused.hpp"

#include <cerrno>
#include <cstring>

#include <unistd.h>

#include <fmt/format.h>

namespace watchword {

std::filesystem::path make_data_folder(const std::filesystem::path& folder)
{
    std::error_code error;
    const bool made = std::filesystem::create_directories(folder, error);
    if (made) {
        std::filesystem::permissions(folder, std::filesystem::perms::owner_all, error);
    }
    if (error || ::access(folder.c_str(), W_OK | X_OK) != 0) {
        throw StartRefused(fmt::format("the folder {} cannot be written ({}): give it to this user, or set DATA_DIR to "
                                       "a folder that can be",
                                       folder.string(), error ? error.message() : std::strerror(errno)));
    }
    return folder;
}

}
