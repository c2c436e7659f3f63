#pragma once

#include <filesystem>

namespace watchword::sqlite {

/// Keeps a second server off one data folder for as long as it lives (or the process does: the kernel drops the lock
/// with it). Commands such as backups take no lock and may run beside the server.
class DataLock {
public:
    /// Locks `watchword.lock` in `folder`. Throws StartRefused, naming the process that holds it, when it is taken.
    explicit DataLock(const std::filesystem::path& folder);
    ~DataLock();

    DataLock(const DataLock&) = delete;
    DataLock& operator=(const DataLock&) = delete;

private:
    int descriptor_;
};

}
