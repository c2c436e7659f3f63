#include "files/object_store_disk.hpp"

#include "base/unavailable.hpp"
#include "files/disk_folder.hpp"

#include <algorithm>
#include <utility>

namespace watchword::files {
namespace {

constexpr std::size_t piece_bytes = 64 * 1024; // worth the way to another thread and back

class DiskReader final : public ObjectReader {
public:
    DiskReader(WorkerPool& workers, std::shared_ptr<const Descriptor> file, std::uint64_t offset, std::uint64_t length)
        : workers_(workers), file_(std::move(file)), offset_(offset), left_(length)
    {
    }

    Task<std::string_view> next() override
    {
        const auto length = static_cast<std::size_t>(std::min<std::uint64_t>(left_, piece_bytes));
        if (length == 0) {
            co_return std::string_view();
        }
        if (!piece_) {
            piece_ = std::make_unique_for_overwrite<char[]>(length);
        }
        const std::span into(piece_.get(), length);
        auto read = [this, into] { return DiskFolder::read(*file_, offset_, into); };
        if (co_await workers_.run(std::move(read)) != length) {
            throw Unavailable("a file is shorter than it was when it was opened");
        }
        offset_ += length;
        left_ -= length;
        co_return std::string_view(into.data(), into.size());
    }

private:
    WorkerPool& workers_;
    std::shared_ptr<const Descriptor> file_;
    std::uint64_t offset_;
    std::uint64_t left_;
    std::unique_ptr<char[]> piece_;
};

class DiskObject final : public StoredObject {
public:
    DiskObject(WorkerPool& workers, DiskFolder::Found found)
        : StoredObject(std::move(found.description)),
          workers_(workers),
          file_(new Descriptor(std::move(found.descriptor)), Closer{&workers})
    {
    }

    Task<std::unique_ptr<ObjectReader>> read(std::uint64_t offset, std::uint64_t length, Deadline) override
    {
        co_return std::make_unique<DiskReader>(workers_, file_, offset, length);
    }

private:
    /// The last one who closes a removed file gives its blocks back, which may take a while.
    struct Closer {
        WorkerPool* workers;
        void operator()(const Descriptor* file) const
        {
            workers->post([file] { delete file; });
        }
    };

    WorkerPool& workers_;
    std::shared_ptr<const Descriptor> file_;
};

class DiskDraft final : public NewObject {
public:
    DiskDraft(WorkerPool& workers, DiskFolder& folder, ObjectKey key, DiskFolder::Draft draft)
        : workers_(workers),
          folder_(folder),
          key_(std::move(key)),
          draft_(std::make_shared<const DiskFolder::Draft>(std::move(draft)))
    {
    }

    ~DiskDraft() override
    {
        if (published_) {
            return;
        }
        workers_.post([draft = std::move(draft_)]() mutable {
            DiskFolder::discard(*draft);
            draft.reset();
        });
    }

    Task<> write(std::string_view piece) override
    {
        auto append = [this, piece] { DiskFolder::append(*draft_, piece); };
        co_await workers_.run(std::move(append));
    }

    Task<> publish() override
    {
        auto publish = [this] { folder_.publish(*draft_, key_); };
        co_await workers_.run(std::move(publish));
        published_ = true;
    }

private:
    WorkerPool& workers_;
    DiskFolder& folder_;
    ObjectKey key_;
    std::shared_ptr<const DiskFolder::Draft> draft_;
    bool published_ = false;
};

class DiskObjectStore final : public ObjectStore {
public:
    DiskObjectStore(const std::filesystem::path& folder, WorkerPool& workers) : folder_(folder), workers_(workers) {}

    Task<std::unique_ptr<NewObject>> create(const ObjectKey& key, std::string) override
    {
        auto begin = [this] { return folder_.begin(); };
        co_return std::make_unique<DiskDraft>(workers_, folder_, key, co_await workers_.run(std::move(begin)));
    }

    Task<std::unique_ptr<StoredObject>> find(const ObjectKey& key, Deadline) override
    {
        auto open = [this, &key] { return folder_.open(key); };
        auto found = co_await workers_.run(std::move(open));
        if (!found) {
            co_return nullptr;
        }
        co_return std::make_unique<DiskObject>(workers_, std::move(*found));
    }

    Task<> remove(const ObjectKey& key, Deadline) override
    {
        auto remove = [this, &key] { folder_.remove(key); };
        co_await workers_.run(std::move(remove));
    }

    Task<std::vector<ListedObject>> list(accounts::AccountId owner, const std::string& after, std::size_t count,
                                         Deadline) override
    {
        auto list = [&, owner, count] { return folder_.list(owner, after, count); };
        co_return co_await workers_.run(std::move(list));
    }

private:
    DiskFolder folder_;
    WorkerPool& workers_;
};

}

std::unique_ptr<ObjectStore> make_disk_object_store(const std::filesystem::path& folder, WorkerPool& workers)
{
    return std::make_unique<DiskObjectStore>(folder, workers);
}

}
