#include "files/local_file.hpp"

#include "base/unavailable.hpp"

#include <cerrno>
#include <string>
#include <system_error>

#include <fcntl.h>
#include <stdlib.h>
#include <unistd.h>

namespace watchword::files {

void write_all(const Descriptor& file, std::string_view bytes)
{
    while (!bytes.empty()) {
        const auto written = ::write(file.get(), bytes.data(), bytes.size());
        if (written < 0 && errno != EINTR) {
            throw Unavailable("cannot write a file: " + std::generic_category().message(errno));
        }
        bytes.remove_prefix(written < 0 ? 0 : static_cast<std::size_t>(written));
    }
}

Descriptor open_nameless(const std::filesystem::path& folder)
{
    Descriptor file(::open(folder.c_str(), O_TMPFILE | O_RDWR | O_CLOEXEC, 0600));
    if (!file && (errno == EOPNOTSUPP || errno == EISDIR || errno == ENOENT)) {
        std::string name = (folder / "upload-XXXXXX").string(); // file systems that know only files with names
        file = Descriptor(::mkostemp(name.data(), O_CLOEXEC));
        if (file) {
            ::unlink(name.c_str());
        }
    }
    if (!file) {
        throw Unavailable("cannot begin a file: " + std::generic_category().message(errno));
    }
    return file;
}

}
