#include "app/file_store.hpp"

#include "files/object_store_disk.hpp"
#include "files/object_store_s3.hpp"

namespace watchword {
namespace {

std::unique_ptr<s3::Client> make_bucket(const Settings::Files& files, const Clock& clock)
{
    if (files.minio_endpoint.empty()) {
        return nullptr;
    }
    return std::make_unique<s3::Client>(
        s3::ClientSettings{.endpoint = files.minio_endpoint,
                           .tls = files.minio_secure,
                           .ca_file = files.minio_ca_file,
                           .bucket = files.minio_bucket,
                           .region = files.minio_region,
                           .addressing = files.minio_addressing,
                           .credentials = {files.minio_access_key, files.minio_secret_key}},
        clock);
}

}

FileStore::FileStore(const Settings& settings, const std::filesystem::path& data_folder, const Clock& clock)
    : workers_("files", settings.files.threads),
      bucket_(make_bucket(settings.files, clock)),
      objects_(bucket_ ? files::make_s3_object_store(*bucket_, data_folder, workers_)
                       : files::make_disk_object_store(data_folder / "files", workers_))
{
}

Task<> FileStore::prepare()
{
    if (bucket_) {
        co_await bucket_->prepare();
    }
}

}
