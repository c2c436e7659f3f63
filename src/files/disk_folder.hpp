#pragma once

#include "base/descriptor.hpp"
#include "files/object_store.hpp"

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <mutex>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace watchword::files {

/// The folder that files lie in. Every function blocks, may be called from every thread, and throws Unavailable when
/// the disk does not do what it should.
class DiskFolder {
public:
    /// Makes the folder where it is missing, and removes what an earlier process was uploading when it ended. Throws
    /// StartRefused.
    explicit DiskFolder(const std::filesystem::path& folder);

    /// A file that has no name yet that anybody looks for.
    struct Draft {
        Descriptor descriptor;
        std::filesystem::path path;
    };

    Draft begin();
    static void append(const Draft& draft, std::string_view bytes);

    /// Gives the draft its name, when its bytes are on the disk, and returns when the name is too.
    void publish(const Draft& draft, const ObjectKey& key);

    /// Removes the draft; what cannot be removed is left to the next start.
    static void discard(const Draft& draft) noexcept;

    struct Found {
        Descriptor descriptor;
        StoredObject::Description description;
    };

    /// The file of that key, open for reading.
    std::optional<Found> open(const ObjectKey& key) const;

    /// Reads up to `into.size()` bytes from `offset`; fewer only at the end of the file.
    static std::size_t read(const Descriptor& file, std::uint64_t offset, std::span<char> into);

    /// Removes the file and returns when it is gone from the disk.
    void remove(const ObjectKey& key);

    /// As ObjectStore::list.
    std::vector<ListedObject> list(accounts::AccountId owner, const std::string& after, std::size_t count) const;

private:
    std::filesystem::path folder_of(accounts::AccountId owner) const;
    std::filesystem::path path_of(const ObjectKey& key) const;

    std::filesystem::path files_;
    std::filesystem::path drafts_;
    std::atomic<std::uint64_t> last_draft_{0};
    std::mutex names_; ///< a folder must not go between its making and its use
};

}
