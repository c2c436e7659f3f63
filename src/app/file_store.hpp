#pragma once

#include "app/settings.hpp"
#include "base/time.hpp"
#include "files/object_store.hpp"
#include "runtime/task.hpp"
#include "runtime/worker_pool.hpp"
#include "s3/client.hpp"

#include <filesystem>
#include <memory>

namespace watchword {

/// Where files are kept: in the bucket of `MINIO_ENDPOINT`, or else in the data folder.
class FileStore {
public:
    /// The clock outlives the store. Throws StartRefused where the folder cannot be used.
    FileStore(const Settings& settings, const std::filesystem::path& data_folder, const Clock& clock);

    files::ObjectStore& objects() { return *objects_; }

    /// Looks whether the bucket can be used, and says so in the log. Never throws.
    Task<> prepare();

private:
    WorkerPool workers_;                 ///< wait for the disk, so that I/O threads need not
    std::unique_ptr<s3::Client> bucket_; ///< null: on the disk
    std::unique_ptr<files::ObjectStore> objects_;
};

}
