#pragma once

#include "base/time.hpp"
#include "files/file_name.hpp"
#include "runtime/deadline.hpp"
#include "runtime/task.hpp"

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace watchword::files {

/// An object that is being written and that nobody sees yet. Destroying it before `publish` has returned leaves
/// nothing of it, or, where `publish` was under way, nothing or all of it. Used from one I/O thread.
class NewObject {
public:
    virtual ~NewObject() = default;

    /// Takes the next bytes, which the caller keeps until this returns; a writer that is slow makes its caller wait.
    /// Throws Unavailable when they cannot be kept, after which the object can only be destroyed.
    virtual Task<> write(std::string_view piece) = 0;

    /// Puts the object in the place of whatever had its key, at once and whole. It survives a loss of power when this
    /// returns. Called once. Throws Unavailable.
    virtual Task<> publish() = 0;
};

/// The bytes of an object, or of a part of it, in their order.
class ObjectReader {
public:
    virtual ~ObjectReader() = default;

    /// The next piece, at most 64 KiB, never empty before the end; an empty one is the end. Valid until the next call.
    /// Throws Unavailable when the rest cannot be read, and never gives less than there is.
    virtual Task<std::string_view> next() = 0;
};

/// One version of an object. It can be read as it was found, even where it has been replaced since.
class StoredObject {
public:
    static constexpr std::size_t beginning_bytes = 16;

    struct Description {
        std::uint64_t size = 0; ///< in bytes
        std::string entity_tag; ///< a strong one (RFC 9110 §8.8.3), with its quotes: other bytes have another
        Instant stored_at;      ///< when it was published; the end of that second where the store knows no more
        std::string beginning;  ///< its first bytes, `beginning_bytes` of them where there are so many
    };

    virtual ~StoredObject() = default;

    const Description& description() const { return description_; }

    /// Opens `length` bytes from `offset`; both lie in the object. Null where this version is gone, which a store may
    /// say of one that was replaced or removed since it was found. Throws Unavailable.
    virtual Task<std::unique_ptr<ObjectReader>> read(std::uint64_t offset, std::uint64_t length, Deadline deadline) = 0;

protected:
    explicit StoredObject(Description description) : description_(std::move(description)) {}

private:
    Description description_;
};

/// What a listing tells of an object.
struct ListedObject {
    FileName name;
    std::uint64_t size = 0;
    Instant stored_at; ///< as in StoredObject::Description
};

/// Where files are kept. The port between the feature and the disk or an object store; used from every I/O thread.
class ObjectStore {
public:
    virtual ~ObjectStore() = default;

    /// Begins an object. `content_type` is what the client has said of it; a store that keeps such keeps it for others
    /// who read the store. Throws Unavailable.
    virtual Task<std::unique_ptr<NewObject>> create(const ObjectKey& key, std::string content_type) = 0;

    /// The object, or null where there is none. Throws Unavailable.
    virtual Task<std::unique_ptr<StoredObject>> find(const ObjectKey& key, Deadline deadline) = 0;

    /// Removes the object, if there is one, for good. Throws Unavailable.
    virtual Task<> remove(const ObjectKey& key, Deadline deadline) = 0;

    /// The objects of an account whose names are greater than `after`, at most `count` of them, in the order of the
    /// bytes of their names. Names that are no FileName are left out. Throws Unavailable.
    virtual Task<std::vector<ListedObject>> list(accounts::AccountId owner, const std::string& after, std::size_t count,
                                                 Deadline deadline) = 0;
};

}
