#include "files/object_store_s3.hpp"

#include "base/start_refused.hpp"
#include "base/unavailable.hpp"
#include "crypto/hmac.hpp"
#include "files/local_file.hpp"

#include <exception>
#include <utility>

#include <fmt/format.h>

namespace watchword::files {
namespace {

class NoBytes final : public ObjectReader {
public:
    Task<std::string_view> next() override { co_return std::string_view(); }
};

class S3Reader final : public ObjectReader {
public:
    S3Reader(std::unique_ptr<s3::IncomingAnswer> answer, std::uint64_t length)
        : answer_(std::move(answer)), left_(length)
    {
    }

    Task<std::string_view> next() override
    {
        const auto piece = co_await answer_->next();
        if (piece.empty() ? left_ > 0 : piece.size() > left_) {
            throw Unavailable("the object store sent another number of bytes than it had said");
        }
        left_ -= piece.size();
        co_return piece;
    }

private:
    std::unique_ptr<s3::IncomingAnswer> answer_;
    std::uint64_t left_;
};

class S3Object final : public StoredObject {
public:
    S3Object(s3::Client& client, std::string key, s3::ObjectFacts facts)
        : StoredObject({facts.size, facts.entity_tag, facts.modified, facts.beginning}),
          client_(client),
          key_(std::move(key)),
          facts_(std::move(facts))
    {
    }

    Task<std::unique_ptr<ObjectReader>> read(std::uint64_t offset, std::uint64_t length, Deadline deadline) override
    {
        if (length == 0) {
            co_return std::make_unique<NoBytes>();
        }
        auto answer = co_await client_.read(key_, facts_, offset, length, deadline);
        if (!answer) {
            co_return nullptr;
        }
        co_return std::make_unique<S3Reader>(std::move(answer), length);
    }

private:
    s3::Client& client_;
    std::string key_;
    s3::ObjectFacts facts_;
};

/// What has arrived of an upload.
struct Spool {
    Descriptor file;
    crypto::Sha256Stream sha256;
    std::uint64_t size = 0;
};

class S3Draft final : public NewObject {
public:
    S3Draft(s3::Client& client, WorkerPool& workers, const ObjectKey& key, std::string content_type, Descriptor file)
        : client_(client),
          workers_(workers),
          key_(key.text()),
          content_type_(std::move(content_type)),
          spool_(std::make_shared<Spool>(std::move(file)))
    {
    }

    ~S3Draft() override
    {
        workers_.post([spool = std::move(spool_)]() mutable { spool.reset(); }); // gives a whole file's blocks back
    }

    Task<> write(std::string_view piece) override
    {
        auto append = [spool = spool_.get(), piece] {
            write_all(spool->file, piece);
            spool->sha256.add(piece);
        };
        co_await workers_.run(std::move(append));
        spool_->size += piece.size();
    }

    Task<> publish() override
    {
        const auto digest = spool_->sha256.finish();
        co_await client_.put({.key = key_,
                              .content_type = content_type_,
                              .file = spool_->file.get(),
                              .size = spool_->size,
                              .sha256 = s3::hexadecimal(crypto::as_text(digest))});
    }

private:
    s3::Client& client_;
    WorkerPool& workers_;
    std::string key_;
    std::string content_type_;
    std::shared_ptr<Spool> spool_;
};

class S3ObjectStore final : public ObjectStore {
public:
    S3ObjectStore(s3::Client& client, std::filesystem::path folder, WorkerPool& workers)
        : client_(client), folder_(std::move(folder)), workers_(workers)
    {
    }

    Task<std::unique_ptr<NewObject>> create(const ObjectKey& key, std::string content_type) override
    {
        client_.require_hope();
        auto open = [this] { return open_nameless(folder_); };
        auto file = co_await workers_.run(std::move(open));
        co_return std::make_unique<S3Draft>(client_, workers_, key, std::move(content_type), std::move(file));
    }

    Task<std::unique_ptr<StoredObject>> find(const ObjectKey& key, Deadline deadline) override
    {
        auto facts = co_await client_.look(key.text(), StoredObject::beginning_bytes, deadline);
        if (!facts) {
            co_return nullptr;
        }
        co_return std::make_unique<S3Object>(client_, key.text(), std::move(*facts));
    }

    Task<> remove(const ObjectKey& key, Deadline deadline) override { co_await client_.remove(key.text(), deadline); }

    Task<std::vector<ListedObject>> list(accounts::AccountId owner, const std::string& after, std::size_t count,
                                         Deadline deadline) override
    {
        const auto prefix = key_prefix(owner);
        std::vector<ListedObject> objects;
        s3::Client::Listing listing{prefix, after.empty() ? "" : prefix + after, {}, count};
        do {
            auto page = co_await client_.list(listing, deadline);
            listing.page = std::move(page.next);
            listing.after = page.keys.empty() ? listing.after : page.keys.back().key;
            for (const auto& [key, size, modified] : page.keys) {
                auto name = FileName::parse(std::string_view(key).substr(prefix.size()));
                if (name && objects.size() < count) {
                    objects.push_back({std::move(*name), size, modified});
                }
            }
            if (deadline.expired()) {
                throw Unavailable("the object store lists files too slowly");
            }
        } while (objects.size() < count && !listing.page.empty());
        co_return objects;
    }

private:
    s3::Client& client_;
    std::filesystem::path folder_;
    WorkerPool& workers_;
};

}

std::unique_ptr<ObjectStore> make_s3_object_store(s3::Client& client, const std::filesystem::path& folder,
                                                  WorkerPool& workers)
{
    try {
        open_nameless(folder);
    } catch (const Unavailable& error) {
        throw StartRefused(fmt::format("the folder {} cannot hold uploads on their way to the object store ({})",
                                       folder.string(), error.what()));
    }
    return std::make_unique<S3ObjectStore>(client, folder, workers);
}

}
