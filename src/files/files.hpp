#pragma once

#include "accounts/account_store.hpp"
#include "base/result.hpp"
#include "files/object_store.hpp"
#include "runtime/deadline.hpp"
#include "runtime/task.hpp"

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace watchword::files {

/// A file on its way in. Nothing of it remains where it is destroyed before it was published.
class Upload {
public:
    Upload(std::unique_ptr<NewObject> object, std::uint64_t bytes_max) : object_(std::move(object)), left_(bytes_max) {}

    /// Takes the next bytes. Errors: `payload_too_large`. Throws Unavailable.
    Task<Result<>> write(std::string_view piece);

    /// Makes it the file of its name. Throws Unavailable.
    Task<> publish() { return object_->publish(); }

private:
    std::unique_ptr<NewObject> object_;
    std::uint64_t left_;
};

/// A page of a listing.
struct FilePage {
    std::vector<ListedObject> files; ///< in the order of the bytes of their names
    bool is_last = true;
};

/// What accounts keep in the store. Each account sees its own files and no others; an object that is older than the
/// account belonged to somebody who had the same number before the database was restored, and is not there.
///
/// Each method's errors: `invalid_access_token` where the account is gone. Each throws Unavailable.
class Files {
public:
    /// Both stores outlive this. A file has at most `bytes_max` bytes.
    Files(ObjectStore& objects, accounts::AccountStore& accounts, std::uint64_t bytes_max)
        : objects_(objects), accounts_(accounts), bytes_max_(bytes_max)
    {
    }

    std::uint64_t bytes_max() const { return bytes_max_; }

    /// Begins a file, which is going to replace one of the same name.
    Task<Result<std::unique_ptr<Upload>>> begin_upload(ObjectKey key, std::string content_type, Deadline deadline);

    /// Errors: `file_not_found`.
    Task<Result<std::unique_ptr<StoredObject>>> find(ObjectKey key, Deadline deadline);

    /// Removes the file; where there is none, nothing is left to do.
    Task<Result<>> remove(ObjectKey key, Deadline deadline);

    /// At most `count` files with names greater than `after`.
    Task<Result<FilePage>> list(accounts::AccountId owner, std::string after, std::size_t count, Deadline deadline);

private:
    Task<Result<Instant>> member_since(accounts::AccountId owner, Deadline deadline);

    ObjectStore& objects_;
    accounts::AccountStore& accounts_;
    std::uint64_t bytes_max_;
};

}
