#include "app/settings_signing_key.hpp"

#include "app/settings_values.hpp"
#include "base/start_refused.hpp"

#include <array>
#include <cerrno>
#include <cstdlib>
#include <string>
#include <string_view>
#include <system_error>

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <unistd.h>

namespace watchword {
namespace {

constexpr std::size_t random_bytes = 32;
constexpr std::size_t file_bytes_max = 4096;

[[noreturn]] void refuse(const std::filesystem::path& path, std::string_view what)
{
    throw StartRefused(fmt::format("the signing key {}: {}", path.string(), what));
}

[[noreturn]] void refuse_for(const std::filesystem::path& path, std::string_view what, int reason)
{
    refuse(path, fmt::format("{}: {}", what, std::generic_category().message(reason)));
}

/// A file descriptor that is closed with its owner.
class Descriptor {
public:
    explicit Descriptor(int value) : value_(value) {}
    ~Descriptor()
    {
        if (value_ >= 0) {
            ::close(value_);
        }
    }
    Descriptor(const Descriptor&) = delete;
    Descriptor& operator=(const Descriptor&) = delete;

    int value() const { return value_; }
    bool is_open() const { return value_ >= 0; }

private:
    int value_;
};

std::string read_key(const std::filesystem::path& path, const Descriptor& file)
{
    struct stat status{};
    if (::fstat(file.value(), &status) != 0) {
        refuse_for(path, "cannot be examined", errno);
    }
    if (!S_ISREG(status.st_mode)) {
        refuse(path, "it is no file; move it away and the service makes a new key");
    }
    if ((status.st_mode & 077) != 0) {
        refuse(path,
               fmt::format("other users may open it (mode {:04o}): run `chmod 600 {}`, and where they may have read "
                           "it, delete it, and everybody logs in again",
                           status.st_mode & 07777, path.string()));
    }
    std::array<char, file_bytes_max> contents{};
    const auto size = ::read(file.value(), contents.data(), contents.size());
    if (size < 0) {
        refuse_for(path, "cannot be read", errno);
    }
    std::string key(contents.data(), static_cast<std::size_t>(size));
    if (key.ends_with('\n')) {
        key.pop_back();
    }
    return key;
}

std::string random_key(const std::filesystem::path& path)
{
    std::array<unsigned char, random_bytes> bytes{};
    if (::getrandom(bytes.data(), bytes.size(), 0) != static_cast<ssize_t>(bytes.size())) {
        refuse_for(path, "the kernel gives no random bytes", errno);
    }
    std::string digits;
    for (const unsigned char byte : bytes) {
        fmt::format_to(std::back_inserter(digits), "{:02x}", byte);
    }
    return digits;
}

bool rename_where_none_is(const std::filesystem::path& from, const std::filesystem::path& to)
{
    if (::renameat2(AT_FDCWD, from.c_str(), AT_FDCWD, to.c_str(), RENAME_NOREPLACE) == 0) {
        return true;
    }
    // Some network file systems do not know how; there two first starts at one time would be needed to do harm.
    return errno == EINVAL && ::rename(from.c_str(), to.c_str()) == 0;
}

/// Puts a new key where none is, unless another process is quicker.
void create_key(const std::filesystem::path& path)
{
    const std::string line = random_key(path) + "\n";
    std::string beside = path.string() + ".XXXXXX";
    const Descriptor file(::mkostemp(beside.data(), O_CLOEXEC)); // mode 0600
    const bool written = file.is_open() &&
                         ::write(file.value(), line.data(), line.size()) == static_cast<ssize_t>(line.size()) &&
                         ::fsync(file.value()) == 0;
    const bool named = written && rename_where_none_is(beside, path);
    const int reason = errno;
    if (!named) {
        ::unlink(beside.c_str());
    }
    if (!named && !(written && reason == EEXIST)) {
        refuse_for(path, "cannot be written; set SECRET_KEY, or a DATA_DIR that can be written", reason);
    }
    const Descriptor folder(::open(path.parent_path().c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
    if (!folder.is_open() || ::fsync(folder.value()) != 0) {
        refuse_for(path, "its folder cannot be synced to the disk", errno);
    }
}

}

SecretText load_or_create_signing_key(const std::filesystem::path& data_folder)
{
    const auto folder = data_folder.empty() ? std::filesystem::path(".") : data_folder;
    const auto path = folder / "secret_key";
    std::error_code error;
    if (std::filesystem::create_directories(folder, error)) {
        std::filesystem::permissions(folder, std::filesystem::perms::owner_all, error);
    }
    if (error) {
        refuse_for(folder, "the folder cannot be made; set a DATA_DIR that can be written", error.value());
    }

    if (::access(path.c_str(), F_OK) != 0 && errno == ENOENT) {
        create_key(path);
    }
    const Descriptor file(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK));
    if (!file.is_open()) {
        refuse_for(path, "cannot be read", errno);
    }
    const std::string text = read_key(path, file);
    auto key = parse_signing_key(text);
    if (!key) {
        refuse(path,
               fmt::format("it holds {} bytes{}: put the right key back, or delete the file, and the service makes "
                           "a new one and everybody logs in again",
                           text.size(), text.size() < 32 ? ", at least 32 are needed" : " of a published sample"));
    }
    return std::move(*key);
}

}
