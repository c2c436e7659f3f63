#include "sqlite/data_lock.hpp"

#include "base/start_refused.hpp"

#include <array>
#include <cerrno>
#include <string>
#include <system_error>

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/file.h>
#include <unistd.h>

namespace watchword::sqlite {
namespace {

std::string holder(int descriptor)
{
    std::array<char, 32> text{};
    const auto size = ::pread(descriptor, text.data(), text.size(), 0);
    const std::string pid(text.data(), size > 0 ? static_cast<std::size_t>(size) : 0);
    return pid.empty() ? "another process" : "process " + pid;
}

[[noreturn]] void refuse(const std::filesystem::path& file, int descriptor)
{
    const int error = errno;
    std::string text = fmt::format("cannot lock {}: {}", file.string(), std::generic_category().message(error));
    if (descriptor >= 0 && error == EWOULDBLOCK) {
        text = fmt::format("a server already works on {} ({} holds {}); stop it, or set another DATA_DIR",
                           file.parent_path().string(), holder(descriptor), file.filename().string());
    }
    if (descriptor >= 0) {
        ::close(descriptor);
    }
    throw StartRefused(text);
}

}

DataLock::DataLock(const std::filesystem::path& folder)
    // Never unlinked: a server that locks the name anew would not meet one that holds the old file.
    : descriptor_(::open((folder / "watchword.lock").c_str(), O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600))
{
    if (descriptor_ < 0 || ::flock(descriptor_, LOCK_EX | LOCK_NB) != 0) {
        refuse(folder / "watchword.lock", descriptor_);
    }
    const std::string pid = std::to_string(::getpid());
    // The number only serves the message of the next one; the lock is held whether it could be written or not.
    if (::ftruncate(descriptor_, 0) == 0) {
        [[maybe_unused]] const auto written = ::pwrite(descriptor_, pid.data(), pid.size(), 0);
    }
}

DataLock::~DataLock()
{
    ::close(descriptor_);
}

}
