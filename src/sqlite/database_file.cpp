#include "sqlite/database_file.hpp"

#include "base/log.hpp"
#include "base/start_refused.hpp"

#include <cerrno>
#include <optional>
#include <system_error>

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

namespace watchword::sqlite {
namespace {

constexpr mode_t owner_only = 0600;

std::string reason()
{
    return std::generic_category().message(errno);
}

/// The state of a file is asked by name and never through a descriptor: closing any descriptor of a database drops all
/// locks that SQLite holds on it in this process (POSIX advisory locks).
std::optional<struct ::stat> look_at(const std::filesystem::path& path)
{
    struct ::stat found{};
    if (::stat(path.c_str(), &found) == 0) {
        return found;
    }
    if (errno == ENOENT) {
        return std::nullopt;
    }
    throw StartRefused(fmt::format("cannot look at {}: {}", path.string(), reason()));
}

void sync_folder(const std::filesystem::path& folder)
{
    const int descriptor = ::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    // EINVAL: a file system whose folders need no sync.
    const bool synced = descriptor >= 0 && (::fsync(descriptor) == 0 || errno == EINVAL);
    const std::string why = reason();
    if (descriptor >= 0) {
        ::close(descriptor);
    }
    if (!synced) {
        throw StartRefused(fmt::format("cannot sync the folder {}: {}", folder.string(), why));
    }
}

/// Whether this call made the file; another process may be quicker.
bool create(const std::filesystem::path& path)
{
    const int descriptor = ::open(path.c_str(), O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, owner_only);
    if (descriptor < 0 && errno == EEXIST) {
        return false;
    }
    if (descriptor < 0) {
        throw StartRefused(fmt::format("cannot create the database {}: {}; give uid {} write access to its folder",
                                       path.string(), reason(), ::geteuid()));
    }
    ::close(descriptor);
    sync_folder(path.parent_path());
    log::info("sqlite", "created a new database", {{"path", path.native()}});
    return true;
}

void check_owner_and_mode(const std::filesystem::path& path, const struct ::stat& found)
{
    if (!S_ISREG(found.st_mode)) {
        throw StartRefused(fmt::format("{} is no regular file; move it away or name another database", path.string()));
    }
    if (found.st_uid != ::geteuid()) {
        throw StartRefused(fmt::format("{} belongs to uid {}, but this process runs as uid {}; run it as that user, or "
                                       "chown the file",
                                       path.string(), found.st_uid, ::geteuid()));
    }
    if ((found.st_mode & 0077) == 0) {
        return;
    }
    if (::chmod(path.c_str(), owner_only) != 0) {
        throw StartRefused(fmt::format("others can read {} and its mode cannot be changed: {}; chmod it to 600",
                                       path.string(), reason()));
    }
    const std::string mode = fmt::format("{:03o}", found.st_mode & 0777);
    log::warning("sqlite", "others could read the database; its mode is 600 now",
                 {{"path", path.native()}, {"mode_found", mode}});
}

std::filesystem::path beside(const std::filesystem::path& path, const char* suffix)
{
    return path.native() + suffix;
}

}

void secure_database_file(const std::filesystem::path& path)
{
    if (!look_at(path.parent_path())) {
        throw StartRefused(fmt::format("the folder {} of the database does not exist; create it, or name another one "
                                       "with DATA_DIR",
                                       path.parent_path().string()));
    }
    // Looked at before the database: whoever writes a log has filled the database file before.
    const auto log_file = look_at(beside(path, "-wal"));
    const auto database = look_at(path);
    const bool log_holds_data = log_file && log_file->st_size > 0;
    if (log_holds_data && (!database || database->st_size == 0)) {
        // SQLite would take the log for a leftover and delete it, and with it the last commits.
        throw StartRefused(fmt::format("{} is missing or empty, but its write-ahead log {}-wal holds data; put the "
                                       "database file back, or restore a backup and move the log away",
                                       path.string(), path.string()));
    }
    if (!database && create(path)) {
        return;
    }
    for (const char* suffix : {"", "-wal", "-shm"}) {
        const auto file = beside(path, suffix);
        if (const auto found = look_at(file)) {
            check_owner_and_mode(file, *found);
        }
    }
}

}
