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
/// What it models: bytes are safe once their file was synced. A new file is safe once it was synced (SQLite syncs the
/// folder of a new log or journal with it); a deletion is safe once the folder was synced. Files that were there before
/// count as safe. Writes, truncations and syncs are counted as operations.
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
        std::optional<Bytes> safe;    ///< what is on the disk under this name whatever happens; nothing: no such file
        std::vector<Change> unsynced; ///< since then, in their order
        bool entry_is_safe = true;    ///< whether the name leads to this file after a power loss
        bool is_log = false;
    };

    /// The code with which the next operation is to fail, or SQLITE_OK.
    int begin_operation();
    void put_on_disk(const std::string& path, const File& file, Unsynced unsynced, std::mt19937& random);
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
