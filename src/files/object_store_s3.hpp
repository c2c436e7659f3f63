#pragma once

#include "files/object_store.hpp"
#include "runtime/worker_pool.hpp"
#include "s3/client.hpp"

#include <filesystem>
#include <memory>

namespace watchword::files {

/// Keeps files in a bucket of S3, under the very keys of the service that this one replaces, whose files are found.
/// What is being uploaded lies in a file without a name in `folder` until it is whole; then it is sent in one request,
/// whose signature covers its bytes.
///
/// Two clocks decide whether a file is older than its account: that of the object store and ours. They must agree to a
/// second or two.
///
/// What touches the disk runs on `workers`, which outlive the store and all that it has handed out, as the client
/// does. Throws StartRefused where the folder cannot be written.
std::unique_ptr<ObjectStore> make_s3_object_store(s3::Client& client, const std::filesystem::path& folder,
                                                  WorkerPool& workers);

}
