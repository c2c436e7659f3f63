#include "files/disk_folder.hpp"

#include "base/log.hpp"
#include "base/start_refused.hpp"
#include "base/unavailable.hpp"
#include "files/disk_name.hpp"
#include "files/local_file.hpp"

#include <algorithm>
#include <cerrno>
#include <map>
#include <system_error>

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

namespace watchword::files {

namespace fs = std::filesystem;

namespace {

[[noreturn]] void fail_to(std::string_view what, int error = errno)
{
    throw Unavailable(fmt::format("cannot {}: {}", what, std::generic_category().message(error)));
}

void make_private_folder(const fs::path& folder)
{
    if (::mkdir(folder.c_str(), 0700) != 0 && errno != EEXIST) {
        fail_to("make a folder for files");
    }
}

/// Returns when the names in the folder are on the disk.
void synchronize(const fs::path& folder)
{
    const Descriptor descriptor(::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
    if (!descriptor && errno == ENOENT) {
        return; // removed since, with what was in it
    }
    if (!descriptor || ::fsync(descriptor.get()) != 0) {
        fail_to("write a folder of files to the disk");
    }
}

Instant to_instant(const timespec& time)
{
    using namespace std::chrono;
    return Instant{floor<microseconds>(seconds{time.tv_sec} + nanoseconds{time.tv_nsec})};
}

/// The folders between `top` and `path`, from the top down, without `top`.
std::vector<fs::path> folders_between(const fs::path& top, const fs::path& path)
{
    std::vector<fs::path> folders;
    for (auto folder = path.parent_path(); folder != top; folder = folder.parent_path()) {
        folders.push_back(folder);
    }
    std::ranges::reverse(folders);
    return folders;
}

std::string first_bytes(const Descriptor& file)
{
    std::string bytes(StoredObject::beginning_bytes, '\0');
    bytes.resize(DiskFolder::read(file, 0, bytes));
    return bytes;
}

}

DiskFolder::DiskFolder(const fs::path& folder) : files_(folder / "user-files"), drafts_(folder / "uploads")
{
    try {
        for (const auto& path : {folder, files_, drafts_}) {
            make_private_folder(path);
        }
        synchronize(folder);
        synchronize(folder / "..");
        std::size_t swept = 0;
        for (const auto& draft : fs::directory_iterator(drafts_)) {
            swept += fs::remove_all(draft.path());
        }
        if (swept > 0) {
            log::info("files", "removed uploads that were cut off when the service ended", {{"count", swept}});
        }
        if (::access(files_.c_str(), R_OK | W_OK | X_OK) != 0) {
            fail_to("use the folder");
        }
    } catch (const std::exception& error) {
        throw StartRefused(fmt::format("the folder {} cannot keep files ({}): give it to this user, or set DATA_DIR to "
                                       "a folder that can be written",
                                       folder.string(), error.what()));
    }
}

fs::path DiskFolder::folder_of(accounts::AccountId owner) const
{
    return files_ / std::to_string(owner);
}

fs::path DiskFolder::path_of(const ObjectKey& key) const
{
    return folder_of(key.owner) / disk_path(key.name);
}

DiskFolder::Draft DiskFolder::begin()
{
    auto path = drafts_ / std::to_string(++last_draft_);
    Descriptor descriptor(::open(path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0600));
    if (!descriptor) {
        fail_to("begin a file");
    }
    return {std::move(descriptor), std::move(path)};
}

void DiskFolder::append(const Draft& draft, std::string_view bytes)
{
    write_all(draft.descriptor, bytes);
}

void DiskFolder::publish(const Draft& draft, const ObjectKey& key)
{
    // The kernel's own time of a write is some milliseconds late, and the order of files and accounts depends on it.
    timespec times[2]{};
    ::clock_gettime(CLOCK_REALTIME, &times[1]);
    times[0] = times[1];
    if (::futimens(draft.descriptor.get(), times) != 0 || ::fsync(draft.descriptor.get()) != 0) {
        fail_to("write a file to the disk");
    }
    const auto path = path_of(key);
    const auto folders = folders_between(files_, path);
    {
        const std::lock_guard lock(names_);
        std::ranges::for_each(folders, make_private_folder);
        if (::rename(draft.path.c_str(), path.c_str()) != 0) {
            fail_to("give a file its name");
        }
    }
    // Each, whoever has made it: the one who did may not have come so far yet.
    synchronize(files_);
    std::ranges::for_each(folders, synchronize);
}

void DiskFolder::discard(const Draft& draft) noexcept
{
    ::unlink(draft.path.c_str());
}

std::optional<DiskFolder::Found> DiskFolder::open(const ObjectKey& key) const
{
    Descriptor descriptor(::open(path_of(key).c_str(), O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK));
    if (!descriptor) {
        if (errno == ENOENT || errno == ENOTDIR) {
            return std::nullopt;
        }
        fail_to("open a file");
    }
    struct stat status{};
    if (::fstat(descriptor.get(), &status) != 0) {
        fail_to("look at a file");
    }
    if (!S_ISREG(status.st_mode)) {
        return std::nullopt;
    }
    auto beginning = first_bytes(descriptor);
    // Every version is written anew, at a time of its own.
    auto entity_tag = fmt::format("\"{:x}-{:x}{:09x}\"", status.st_size, status.st_mtim.tv_sec, status.st_mtim.tv_nsec);
    return Found{std::move(descriptor),
                 {.size = static_cast<std::uint64_t>(status.st_size),
                  .entity_tag = std::move(entity_tag),
                  .stored_at = to_instant(status.st_mtim),
                  .beginning = std::move(beginning)}};
}

std::size_t DiskFolder::read(const Descriptor& file, std::uint64_t offset, std::span<char> into)
{
    std::size_t done = 0;
    while (done < into.size()) {
        const auto got =
            ::pread(file.get(), into.data() + done, into.size() - done, static_cast<::off_t>(offset + done));
        if (got == 0) {
            break;
        }
        if (got < 0 && errno != EINTR) {
            fail_to("read a file");
        }
        done += got < 0 ? 0 : static_cast<std::size_t>(got);
    }
    return done;
}

void DiskFolder::remove(const ObjectKey& key)
{
    const auto path = path_of(key);
    auto folders = folders_between(folder_of(key.owner), path);
    {
        const std::lock_guard lock(names_);
        if (::unlink(path.c_str()) != 0) {
            if (errno == ENOENT || errno == ENOTDIR) {
                return;
            }
            fail_to("remove a file");
        }
        // Of a long name; what holds other files stays.
        while (!folders.empty() && ::rmdir(folders.back().c_str()) == 0) {
            folders.pop_back();
        }
    }
    synchronize(folders.empty() ? folder_of(key.owner) : folders.back());
}

std::vector<ListedObject> DiskFolder::list(accounts::AccountId owner, const std::string& after, std::size_t count) const
{
    std::map<FileName, ListedObject> first;
    std::error_code error;
    const auto folder = folder_of(owner);
    for (auto entry = fs::recursive_directory_iterator(folder, error); !error && entry != fs::end(entry);
         entry.increment(error)) {
        auto name = name_of_disk_path(entry->path().lexically_relative(folder).string());
        if (!name || name->text() <= after || (first.size() == count && *name > first.rbegin()->first)) {
            continue;
        }
        struct stat status{};
        if (::lstat(entry->path().c_str(), &status) == 0 && S_ISREG(status.st_mode)) {
            const auto size = static_cast<std::uint64_t>(status.st_size);
            first.insert_or_assign(*name, ListedObject{*name, size, to_instant(status.st_mtim)});
        }
        if (first.size() > count) {
            first.erase(std::prev(first.end()));
        }
    }
    if (error && error != std::errc::no_such_file_or_directory) {
        fail_to("read a folder of files", error.value());
    }
    std::vector<ListedObject> objects;
    objects.reserve(first.size());
    for (auto& [name, object] : first) {
        objects.push_back(std::move(object));
    }
    return objects;
}

}
