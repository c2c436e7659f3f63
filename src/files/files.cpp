#include "files/files.hpp"

#include <algorithm>
#include <iterator>
#include <utility>

namespace watchword::files {

Task<Result<>> Upload::write(std::string_view piece)
{
    if (piece.size() > left_) {
        co_return fail(ErrorCode::payload_too_large);
    }
    left_ -= piece.size();
    co_await object_->write(piece);
    co_return Result<>{};
}

Task<Result<Instant>> Files::member_since(accounts::AccountId owner, Deadline deadline)
{
    const auto account = co_await accounts_.find(owner, deadline);
    if (!account) {
        co_return fail(ErrorCode::invalid_access_token);
    }
    co_return account->created_at;
}

Task<Result<std::unique_ptr<Upload>>> Files::begin_upload(ObjectKey key, std::string content_type, Deadline deadline)
{
    const auto since = co_await member_since(key.owner, deadline);
    if (!since) {
        co_return std::unexpected(since.error());
    }
    auto object = co_await objects_.create(key, std::move(content_type));
    co_return std::make_unique<Upload>(std::move(object), bytes_max_);
}

Task<Result<std::unique_ptr<StoredObject>>> Files::find(ObjectKey key, Deadline deadline)
{
    const auto since = co_await member_since(key.owner, deadline);
    if (!since) {
        co_return std::unexpected(since.error());
    }
    auto object = co_await objects_.find(key, deadline);
    if (!object || object->description().stored_at < *since) {
        co_return fail(ErrorCode::file_not_found);
    }
    co_return std::move(object);
}

Task<Result<>> Files::remove(ObjectKey key, Deadline deadline)
{
    const auto found = co_await find(key, deadline);
    if (found) {
        co_await objects_.remove(key, deadline);
    } else if (found.error().code != ErrorCode::file_not_found) {
        co_return std::unexpected(found.error());
    }
    co_return Result<>{};
}

Task<Result<FilePage>> Files::list(accounts::AccountId owner, std::string after, std::size_t count, Deadline deadline)
{
    const auto since = co_await member_since(owner, deadline);
    if (!since) {
        co_return std::unexpected(since.error());
    }
    FilePage page;
    do {
        auto objects = co_await objects_.list(owner, after, count + 1, deadline);
        page.is_last = objects.size() <= count;
        if (!objects.empty()) {
            after = objects.back().name.text();
        }
        std::erase_if(objects, [&](const ListedObject& object) { return object.stored_at < *since; });
        std::ranges::move(objects, std::back_inserter(page.files));
    } while (page.files.size() <= count && !page.is_last);
    if (page.files.size() > count) {
        page.files.erase(page.files.begin() + static_cast<std::ptrdiff_t>(count), page.files.end());
        page.is_last = false;
    }
    co_return page;
}

}
