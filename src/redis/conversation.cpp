#include "redis/conversation.hpp"

#include "base/unavailable.hpp"

#include <utility>

namespace watchword::redis {

void Conversation::ask(const Command& command, Moment until, Answered answered)
{
    outgoing_ += command.bytes();
    waiting_.push_back({until, std::move(answered)});
}

std::string Conversation::take_outgoing()
{
    return std::exchange(outgoing_, {});
}

void Conversation::receive(std::string_view bytes)
{
    reader_.feed(bytes);
    while (auto reply = reader_.next()) {
        if (was_published(*reply)) {
            published_(*reply);
            continue;
        }
        if (waiting_.empty()) {
            throw Unavailable("it sent a reply that nobody has asked for");
        }
        auto answered = std::move(waiting_.front().answered);
        waiting_.pop_front();
        answered(std::move(*reply));
    }
}

bool Conversation::was_published(const Reply& reply) const
{
    return published_ && reply.elements.size() == 3 && reply.elements.front().text == "message";
}

std::optional<Conversation::Moment> Conversation::first_until() const
{
    return waiting_.empty() ? std::nullopt : std::optional(waiting_.front().until);
}

void Conversation::fail(const std::string& reason)
{
    for (auto& waiting : std::exchange(waiting_, {})) {
        waiting.answered(std::unexpected(reason));
    }
    outgoing_.clear();
}

}
