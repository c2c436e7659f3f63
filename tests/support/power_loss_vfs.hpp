#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <random>
#include <string>
#include <vector>

#include <sqlite3.h>

namespace watchword::tests {

/// A disk that fails on demand: SQLite's default VFS with a layer over it that knows what was synced. While it lives,
/// all new connections go through it. They must be closed before it ends and before `restore_power`.
///
/// What it models: bytes are safe once their file was synced; the making and deleting of files is safe once their
/// folder was synced, which SQLite does with the first sync of a new log or journal and with some deletions. All files
/// count as in one folder, and those that were there before as safe. Writes, truncations and syncs are operations.
class PowerLossVfs {
public:
    PowerLossVfs();
    ~PowerLossVfs();

    PowerLossVfs(const PowerLossVfs&) = delete;
    PowerLossVfs& operator=(const PowerLossVfs&) = delete;

    enum class Lasting { once, until_repaired };

    /// Lets the n-th operation from now (1 is the next) fail with `code`, and those after it where it lasts.
    void fail_operation(std::size_t nth, int code, Lasting lasting);
    void repair();

    /// Cuts the power just before the n-th operation from now: nothing reaches the disk from there on.
    void cut_power_before(std::size_t nth);
    void cut_power() { cut_power_before(0); }
    bool has_power() const;

    enum class Unsynced {
        lost, ///< all that was not synced is gone
        torn  ///< of each write that was not synced nothing, a part or all is there, in no order
    };

    /// Leaves on the disk what a power loss leaves, then switches the power on again. `seed` decides what is torn.
    void restore_power(Unsynced unsynced, std::uint32_t seed = 0);

    /// How often the write-ahead log was synced: once for each commit, and once when it begins anew.
    std::size_t log_syncs() const;

    /// Whether the fault or the power cut that was asked for has happened.
    bool has_struck() const;

private:
    friend struct PowerLossVfsCalls;

    using Bytes = std::vector<unsigned char>;
    struct Change {
        sqlite3_int64 offset;
        std::optional<Bytes> bytes; ///< nothing: truncated at `offset`
    };
    struct File {
        enum class Entry { safe, made, deleted } entry = Entry::safe;
        std::optional<Bytes> before;  ///< what the name leads to while its entry is not safe; nothing: to no file
        Bytes safe;                   ///< what was synced
        std::vector<Change> unsynced; ///< what was done since then, in its order
        bool is_log = false;
    };

    /// The code with which the next operation is to fail, or SQLITE_OK.
    int begin_operation();
    void put_on_disk(const std::string& path, const File& file, Unsynced unsynced, std::mt19937& random);
    void sync_folder();
    static void apply(Bytes& bytes, const Change& change, std::size_t length);

    sqlite3_vfs vfs_{};
    sqlite3_vfs* real_;
    mutable std::mutex mutex_;
    std::map<std::string, File> files_;
    std::size_t operations_ = 0;
    std::size_t fails_at_ = 0;
    int fails_with_ = SQLITE_OK;
    Lasting lasting_ = Lasting::once;
    std::optional<std::size_t> power_ends_at_;
    bool has_power_ = true;
    bool struck_ = false;
    std::size_t log_syncs_ = 0;
};

}
