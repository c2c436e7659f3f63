#pragma once

#include "files/object_store.hpp"
#include "runtime/worker_pool.hpp"

#include <filesystem>
#include <memory>

namespace watchword::files {

/// Keeps files in a folder, one file each: `user-files/7/hello.txt` under a name that every file system takes (see
/// disk_name.hpp). What is being uploaded lies in `uploads` beside it, and takes its name when its bytes are on the
/// disk; what an earlier process has left there is removed now. One process at a time may use the folder.
///
/// Everything that touches the disk runs on `workers`, which outlive the store and all that it has handed out. Throws
/// StartRefused where the folder cannot be used.
std::unique_ptr<ObjectStore> make_disk_object_store(const std::filesystem::path& folder, WorkerPool& workers);

}
