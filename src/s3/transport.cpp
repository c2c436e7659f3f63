#include "s3/transport.hpp"

#include "base/unavailable.hpp"
#include "runtime/worker_pool.hpp"
#include "s3/transfer.hpp"

#include <algorithm>
#include <new>

#include <pthread.h>

namespace watchword::s3 {
namespace {

constexpr int tick_milliseconds = 200; // how late a timeout may be noticed
constexpr long too_busy = 503;         // `SlowDown`, or a store that is still starting

[[noreturn]] void give_up()
{
    throw Unavailable("the object store has not answered for a while, or had no time, and is not asked again yet");
}

Task<bool> ready(std::shared_ptr<Transfer> transfer, Transfer::Until until)
{
    auto start = [transfer, until](auto done) { transfer->when(until, [done]() mutable { done(nullptr, true); }); };
    return resume_here_when<bool>(std::move(start));
}

}

IncomingAnswer::IncomingAnswer(Transport& transport, std::shared_ptr<Transfer> transfer)
    : transport_(transport), transfer_(std::move(transfer))
{
}

IncomingAnswer::~IncomingAnswer()
{
    transport_.post(
        [&transport = transport_, easy = transfer_->easy()] { transport.end(easy, "nobody wants the rest"); });
}

long IncomingAnswer::status() const
{
    return transfer_->status();
}

std::string IncomingAnswer::header(std::string_view name) const
{
    return transfer_->header(name);
}

Task<std::string_view> IncomingAnswer::next()
{
    co_await ready(transfer_, Transfer::Until::piece);
    piece_ = transfer_->take_piece();
    if (transfer_->was_made_to_wait()) {
        transport_.post([transfer = transfer_] { transfer->go_on(); });
    }
    co_return std::string_view(piece_);
}

Task<std::string> IncomingAnswer::read_whole(std::size_t bytes_max, Deadline deadline)
{
    std::string whole;
    while (true) {
        const auto piece = co_await next();
        if (piece.empty()) {
            co_return whole;
        }
        if (whole.size() + piece.size() > bytes_max) {
            throw Unavailable("an answer of the object store is longer than any should be");
        }
        if (deadline.expired()) {
            throw Unavailable("the object store answers too slowly");
        }
        whole += piece;
    }
}

Transport::Transport(Options options) : options_(std::move(options))
{
    ::curl_global_init(CURL_GLOBAL_DEFAULT);
    multi_ = ::curl_multi_init();
    if (multi_ == nullptr) {
        throw std::bad_alloc();
    }
    thread_ = std::jthread([this](std::stop_token stop) { loop(stop); });
    ::pthread_setname_np(thread_.native_handle(), "object-store");
}

Transport::~Transport()
{
    thread_.request_stop();
    ::curl_multi_wakeup(multi_);
    thread_.join();
    ::curl_multi_cleanup(multi_);
    ::curl_global_cleanup();
}

Task<std::unique_ptr<IncomingAnswer>> Transport::send(OutgoingRequest request)
{
    if (!breaker_.lets_pass()) {
        give_up();
    }
    const auto transfer = std::make_shared<Transfer>(std::move(request), options_);
    post([this, transfer] { begin(transfer); });
    auto answer = std::make_unique<IncomingAnswer>(*this, transfer);
    co_await ready(transfer, Transfer::Until::head);
    transfer->require_head();
    co_return answer;
}

void Transport::require_hope()
{
    if (!breaker_.would_let_pass()) {
        give_up();
    }
}

void Transport::post(std::function<void()> command)
{
    {
        const std::lock_guard lock(mutex_);
        commands_.push_back(std::move(command));
    }
    ::curl_multi_wakeup(multi_);
}

void Transport::loop(std::stop_token stop)
{
    while (!stop.stop_requested()) {
        run_commands();
        int running = 0;
        ::curl_multi_perform(multi_, &running);
        end_finished();
        end_overdue();
        ::curl_multi_poll(multi_, nullptr, 0, tick_milliseconds, nullptr);
    }
    run_commands();
    while (!running_.empty()) {
        end(running_.begin()->first, "the service is stopping");
    }
}

void Transport::run_commands()
{
    std::vector<std::function<void()>> commands;
    {
        const std::lock_guard lock(mutex_);
        commands.swap(commands_);
    }
    for (const auto& command : commands) {
        command();
    }
}

void Transport::begin(const std::shared_ptr<Transfer>& transfer)
{
    running_.emplace(transfer->easy(), transfer);
    if (::curl_multi_add_handle(multi_, transfer->easy()) != CURLM_OK) {
        end(transfer->easy(), "libcurl takes no further transfer");
    }
}

void Transport::end(void* easy, std::string_view failure)
{
    const auto found = running_.find(easy);
    if (found == running_.end()) {
        return; // ended before
    }
    const auto transfer = found->second;
    running_.erase(found);
    ::curl_multi_remove_handle(multi_, easy);
    transfer->end(failure);
}

void Transport::end_finished()
{
    int left = 0;
    while (const auto* message = ::curl_multi_info_read(multi_, &left)) {
        if (message->msg != CURLMSG_DONE) {
            continue;
        }
        void* easy = message->easy_handle;
        const auto code = message->data.result;
        if (code == CURLE_OK) {
            if (running_.at(easy)->status() == too_busy) {
                breaker_.failed();
            } else {
                breaker_.answered();
            }
            end(easy, {});
            continue;
        }
        breaker_.failed();
        const std::string text(running_.at(easy)->error_text());
        end(easy, text.empty() ? ::curl_easy_strerror(code) : text);
    }
}

void Transport::end_overdue()
{
    std::vector<void*> overdue;
    for (const auto& [easy, transfer] : running_) {
        if (transfer->is_overdue()) {
            overdue.push_back(easy);
        }
    }
    for (void* easy : overdue) {
        breaker_.failed();
        end(easy, "no answer in time");
    }
}

}
