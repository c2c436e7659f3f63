#include "redis/reply.hpp"

#include "base/unavailable.hpp"

#include <new>
#include <utility>

#include <fmt/format.h>
#include <hiredis/hiredis.h>

namespace watchword::redis {
namespace {

/// Where the reader wants what it has just read: in the array around it, or as a reply of its own. Nothing leaves these
/// functions as an exception, since C calls them; a null pointer tells the reader of the failure.
Reply* place_for(const ::redisReadTask* task)
{
    if (!task->parent) {
        return new (std::nothrow) Reply;
    }
    auto& elements = static_cast<Reply*>(task->parent->obj)->elements;
    const auto index = static_cast<std::size_t>(task->idx);
    return index < elements.size() ? &elements[index] : nullptr;
}

void discard(const ::redisReadTask* task, Reply* reply)
{
    if (!task->parent) {
        delete reply;
    }
}

void* make_text(const ::redisReadTask* task, char* bytes, std::size_t size)
{
    Reply* const reply = place_for(task);
    if (!reply) {
        return nullptr;
    }
    try {
        reply->kind = task->type == REDIS_REPLY_ERROR    ? Reply::Kind::error
                      : task->type == REDIS_REPLY_STATUS ? Reply::Kind::status
                                                         : Reply::Kind::text;
        reply->text.assign(bytes, size);
        return reply;
    } catch (const std::bad_alloc&) {
        discard(task, reply);
        return nullptr;
    }
}

/// Version 1 of the library counts in another type.
template <class Count>
void* make_array(const ::redisReadTask* task, Count count)
{
    auto& left = *static_cast<std::size_t*>(task->privdata);
    const auto size = static_cast<std::size_t>(count); // a negative one becomes too large
    if (size > left) {
        return nullptr;
    }
    Reply* const reply = place_for(task);
    if (!reply) {
        return nullptr;
    }
    try {
        reply->kind = Reply::Kind::array;
        reply->elements.resize(size);
        left -= size;
        return reply;
    } catch (const std::bad_alloc&) {
        discard(task, reply);
        return nullptr;
    }
}

void* make_integer(const ::redisReadTask* task, long long number)
{
    Reply* const reply = place_for(task);
    if (reply) {
        reply->kind = Reply::Kind::integer;
        reply->number = number;
    }
    return reply;
}

void* make_nil(const ::redisReadTask* task)
{
    return place_for(task);
}

/// Called for whole replies only: what is in an array goes with it.
void free_reply(void* reply)
{
    delete static_cast<Reply*>(reply);
}

::redisReplyObjectFunctions make_functions()
{
    ::redisReplyObjectFunctions functions{};
    functions.createString = make_text;
    functions.createArray = make_array;
    functions.createInteger = make_integer;
    functions.createNil = make_nil;
    functions.freeObject = free_reply;
#if HIREDIS_MAJOR >= 1
    // Of RESP3, which nobody has asked for: refused like garbage.
    functions.createDouble = [](const ::redisReadTask*, double, char*, std::size_t) -> void* { return nullptr; };
    functions.createBool = [](const ::redisReadTask*, int) -> void* { return nullptr; };
#endif
    return functions;
}

::redisReplyObjectFunctions functions = make_functions();

}

bool Reply::is_error(std::string_view code) const
{
    return kind == Kind::error && text.starts_with(code) && (text.size() == code.size() || text[code.size()] == ' ');
}

ReplyReader::ReplyReader() : reader_(::redisReaderCreateWithFunctions(&functions))
{
    if (!reader_) {
        throw std::bad_alloc();
    }
    reader_->privdata = &elements_left_;
}

ReplyReader::~ReplyReader() = default;

void ReplyReader::Free::operator()(::redisReader* reader) const
{
    ::redisReaderFree(reader);
}

void ReplyReader::feed(std::string_view bytes)
{
    ::redisReaderFeed(reader_.get(), bytes.data(), bytes.size());
}

std::optional<Reply> ReplyReader::next()
{
    void* read = nullptr;
    if (::redisReaderGetReply(reader_.get(), &read) != REDIS_OK) {
        throw Unavailable(fmt::format("it sent what is no reply of Redis, or too much of it ({})", reader_->errstr));
    }
    if (!read) {
        if (reader_->len - reader_->pos > bytes_max) {
            throw Unavailable(fmt::format("it sent a reply of more than {} bytes", bytes_max));
        }
        return std::nullopt;
    }
    elements_left_ = elements_max;
    const std::unique_ptr<Reply> reply(static_cast<Reply*>(read));
    return std::move(*reply);
}

}
