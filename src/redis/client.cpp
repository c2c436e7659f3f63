#include "redis/client.hpp"

#include "base/start_refused.hpp"
#include "base/unavailable.hpp"
#include "redis/link.hpp"

#include <optional>
#include <utility>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/post.hpp>
#include <boost/system/system_error.hpp>
#include <fmt/format.h>

namespace watchword::redis {
namespace {

std::optional<asio::ssl::context> tls_context_for(const ClientOptions& options)
{
    if (options.location.encryption == Location::Encryption::none) {
        return std::nullopt;
    }
    try {
        return make_tls_context(options.ca_file);
    } catch (const boost::system::system_error& error) {
        throw StartRefused(fmt::format("the authorities that may vouch for Redis cannot be read from {}: {}",
                                       options.ca_file.empty() ? "the system" : options.ca_file,
                                       error.code().message()));
    }
}

}

struct Client::Links {
    IoThreads& threads;
    std::optional<asio::ssl::context> tls;
    std::optional<Sentinels> sentinels;
    std::vector<std::unique_ptr<Link>> of_threads;
    std::optional<MasterWatch> watch; // on the first thread
    std::optional<TaskGroup> watching;

    Links(IoThreads& io_threads, const ClientOptions& options, Condition& condition,
          std::atomic<std::uint64_t>& connections)
        : threads(io_threads), tls(tls_context_for(options))
    {
        auto* const encrypted = tls ? &*tls : nullptr;
        if (options.location.has_sentinels()) {
            const auto first = threads.context(0).get_executor();
            sentinels.emplace(options, encrypted);
            watch.emplace(first, options, encrypted, [this] { leave_the_old_master(); });
            watching.emplace(first);
        }
        for (std::size_t i = 0; i < threads.count(); ++i) {
            const LinkSurroundings surroundings{options, encrypted, sentinels ? &*sentinels : nullptr, condition,
                                                connections};
            of_threads.push_back(std::make_unique<Link>(threads.context(i).get_executor(), surroundings));
        }
    }

    void leave_the_old_master()
    {
        for (std::size_t i = 0; i < of_threads.size(); ++i) {
            asio::post(threads.context(i),
                       [&link = *of_threads[i]] { link.leave("another server has become the master"); });
        }
    }
};

Client::Client(IoThreads& threads, ClientOptions options)
    : options_(std::move(options)), links_(std::make_unique<Links>(threads, options_, condition_, connections_))
{
}

Client::~Client() = default;

void Client::start()
{
    for (std::size_t i = 0; i < links_->of_threads.size(); ++i) {
        asio::post(links_->threads.context(i), [&link = *links_->of_threads[i]] { link.start(); });
    }
    if (links_->watch) {
        asio::post(links_->threads.context(0),
                   [&links = *links_] { links.watching->spawn("redis sentinels", links.watch->run()); });
    }
}

Task<> Client::attempted()
{
    for (std::size_t i = 0; i < links_->of_threads.size(); ++i) {
        co_await asio::co_spawn(links_->threads.context(i), links_->of_threads[i]->attempted(), asio::use_awaitable);
    }
}

Task<> Client::stop()
{
    if (links_->watch) {
        asio::post(links_->threads.context(0), [&links = *links_] { links.watch->stop(); });
        co_await asio::co_spawn(links_->threads.context(0), links_->watching->wait(), asio::use_awaitable);
    }
    for (std::size_t i = 0; i < links_->of_threads.size(); ++i) {
        co_await asio::co_spawn(links_->threads.context(i), links_->of_threads[i]->stop(), asio::use_awaitable);
    }
}

bool Client::is_connected() const
{
    return links_->of_threads[IoThreads::current()]->is_up();
}

Task<Reply> Client::ask(Command command, Deadline deadline)
{
    auto reply = co_await ask_link(command, deadline);
    co_return judged(std::move(reply));
}

Task<Reply> Client::run(const Script& script, std::string_view key, std::vector<std::string_view> arguments,
                        Deadline deadline)
{
    arguments.insert(arguments.begin(), {"EVALSHA", script.sha1(), "1", key});
    const Command by_name(arguments);
    auto reply = co_await ask_link(by_name, deadline);
    if (reply.is_error("NOSCRIPT")) { // a new server, or one that has forgotten
        arguments[0] = "EVAL";
        arguments[1] = script.text();
        const Command in_full(arguments);
        reply = co_await ask_link(in_full, deadline);
    }
    co_return judged(std::move(reply));
}

Task<Reply> Client::ask_link(const Command& command, Deadline deadline)
{
    if (deadline.remaining() < options_.command_timeout) {
        throw Unavailable("too little time is left to ask Redis");
    }
    co_return co_await links_->of_threads[IoThreads::current()]->ask(command);
}

Reply Client::judged(Reply reply)
{
    if (reply.kind == Reply::Kind::error) {
        condition_.lost(reply.text);
        throw Unavailable(reply.text);
    }
    condition_.works();
    return reply;
}

}
