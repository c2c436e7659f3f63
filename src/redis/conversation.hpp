#pragma once

#include "redis/command.hpp"
#include "redis/reply.hpp"

#include <chrono>
#include <cstddef>
#include <deque>
#include <expected>
#include <functional>
#include <optional>
#include <string>
#include <string_view>

namespace watchword::redis {

/// What is said on one connection: commands go out one behind the other without waiting, and the replies come in the
/// same order. Knows no sockets. Once it has failed it is over; a reply is never given to a command that did not ask
/// for it.
class Conversation {
public:
    using Moment = std::chrono::steady_clock::time_point;

    /// Called once: with the reply, or with the reason why there is none.
    using Answered = std::move_only_function<void(std::expected<Reply, std::string>)>;

    /// Called with what Redis publishes on the channels that were subscribed to.
    using Published = std::function<void(const Reply&)>;

    /// Commands under way at most: far more than Redis leaves unanswered for the time that a command has.
    static constexpr std::size_t waiting_max = 10'000;

    explicit Conversation(Published published = {}) : published_(std::move(published)) {}

    /// Puts the command behind the others. It waits until `until`, which is not enforced here.
    void ask(const Command& command, Moment until, Answered answered);

    bool is_full() const { return waiting_.size() >= waiting_max; }

    /// The bytes that are to be sent now, each once.
    std::string take_outgoing();
    bool has_outgoing() const { return !outgoing_.empty(); }

    /// Takes bytes as they came and answers those whose replies are whole now. Throws Unavailable for what is no reply,
    /// or is one that nobody waits for: the connection is of no use then.
    void receive(std::string_view bytes);

    /// When the first in the line has waited long enough; nothing where nobody waits.
    std::optional<Moment> first_until() const;

    /// Tells everybody who waits that there will be no reply.
    void fail(const std::string& reason);

private:
    struct Waiting {
        Moment until;
        Answered answered;
    };

    bool was_published(const Reply& reply) const;

    Published published_;
    std::string outgoing_;
    std::deque<Waiting> waiting_;
    ReplyReader reader_;
};

}
