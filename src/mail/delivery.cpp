#include "mail/delivery.hpp"

#include "base/log.hpp"
#include "mail/backoff.hpp"

#include <utility>

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/post.hpp>

namespace watchword::mail {
namespace {

using namespace std::chrono_literals;
using Kind = DeliveryOutcome::Kind;

constexpr auto time_for_the_outbox = 10s;
constexpr auto pause_before_recording_again = 1s;
constexpr auto between_lines_about_put_off_mail = 1min;

}

Delivery::Delivery(asio::any_io_executor executor, Route route, Limits limits)
    : executor_(std::move(executor)), route_(route), limits_(limits), letters_(executor_), timer_(executor_)
{
}

Task<> Delivery::run()
{
    while (!drain_) {
        co_await purge();
        co_await start_due_mail();
        co_await sleep(limits_.poll);
    }
    while (in_flight_ > 0 && !drain_->expired()) {
        co_await sleep(drain_->remaining());
    }
}

void Delivery::nudge()
{
    if (!nudged_.exchange(true)) {
        asio::post(executor_, [this] {
            nudged_ = false;
            wake();
        });
    }
}

void Delivery::stop(Deadline drain)
{
    asio::post(executor_, [this, drain] {
        drain_ = drain;
        wake();
    });
}

Task<> Delivery::start_due_mail()
{
    const std::size_t lanes = losses_ > 0 ? 1 : limits_.lanes;
    if (in_flight_ >= lanes || Steady::now() < resume_at_) {
        co_return;
    }
    auto entries = co_await claim(lanes - in_flight_);
    for (auto& entry : entries) {
        ++in_flight_;
        letters_.spawn("mail", deliver(std::move(entry)));
    }
    if (!entries.empty()) {
        connections_are_kept_ = true; // a letter may have come and gone while it was started
    } else if (in_flight_ == 0 && connections_are_kept_) {
        route_.mailer.rest();
        connections_are_kept_ = false;
    }
}

Task<std::vector<ClaimedEntry>> Delivery::claim(std::size_t limit)
{
    const auto now = route_.clock.now();
    std::erase_if(unanswered_leases_, [now](Instant end) { return end <= now; });
    std::vector<ClaimedEntry> entries;
    try {
        // Each is asked for until it has passed: a lost claim may come into force later than the question after it.
        for (const auto end : unanswered_leases_) {
            co_await route_.outbox.give_back(end, Deadline::after(time_for_the_outbox));
        }
        unanswered_leases_.push_back(now + limits_.lease);
        entries = co_await route_.outbox.claim({now, now + limits_.lease}, limit, Deadline::after(time_for_the_outbox));
        unanswered_leases_.pop_back();
        if (std::exchange(outbox_is_lost_, false)) {
            log::info("mail", "the outbox can be read again");
        }
    } catch (const std::exception& exception) {
        if (!std::exchange(outbox_is_lost_, true)) {
            log::warning("mail", "the outbox cannot be read", {{"reason", exception.what()}});
        }
    }
    co_return entries;
}

Task<> Delivery::deliver(ClaimedEntry entry)
{
    auto outcome = co_await attempt(entry);
    if (outcome.kind == Kind::try_again && entry.attempts + 1 >= limits_.attempts) {
        outcome.kind = Kind::refused; // MAIL_ATTEMPTS_MAX
    }
    note(entry, outcome);
    co_await record(entry, outcome);
    --in_flight_;
    wake();
}

Task<DeliveryOutcome> Delivery::attempt(const ClaimedEntry& entry)
{
    try {
        const auto letter = route_.sealer.open(entry);
        if (!letter) {
            co_return DeliveryOutcome::refused(letter.error());
        }
        co_return co_await route_.mailer.deliver(*letter, Deadline::after(limits_.attempt));
    } catch (const std::exception& exception) {
        co_return DeliveryOutcome::server_lost(exception.what());
    }
}

void Delivery::note(const ClaimedEntry& entry, const DeliveryOutcome& outcome)
{
    if (outcome.kind == Kind::server_lost) {
        server_is_lost(outcome.reason);
        return;
    }
    if (outcome.kind == Kind::refused) {
        log::warning("mail", "a mail was given up", {{"entry", entry.id}, {"reason", outcome.reason}});
    } else if (outcome.kind == Kind::try_again) {
        mail_is_put_off(outcome.reason);
    } else {
        server_is_back();
    }
}

Task<> Delivery::record(const ClaimedEntry& entry, const DeliveryOutcome& outcome)
{
    // A delivered mail that stays in the outbox is sent twice, so recording does not give up before the lease ends.
    while (true) {
        std::string problem;
        try {
            co_await record_once(entry, outcome);
            co_return;
        } catch (const std::exception& exception) {
            problem = exception.what();
        }
        if (drain_ || route_.clock.now() + pause_before_recording_again >= entry.leased_until) {
            log::error("mail", "the outcome of a mail could not be recorded",
                       {{"entry", entry.id}, {"reason", problem}});
            co_return;
        }
        asio::steady_timer pause(executor_, pause_before_recording_again);
        co_await pause.async_wait(asio::use_awaitable);
    }
}

Task<> Delivery::record_once(const ClaimedEntry& entry, const DeliveryOutcome& outcome)
{
    const auto now = route_.clock.now();
    const auto deadline = Deadline::after(time_for_the_outbox);
    switch (outcome.kind) {
    case Kind::delivered:
        co_await route_.outbox.remove(entry, deadline);
        break;
    case Kind::refused:
        co_await route_.outbox.bury(entry, {now, outcome.reason, outcome.smtp_reply}, deadline);
        break;
    case Kind::try_again: {
        const int attempts = entry.attempts + 1;
        Outbox::Retry retry{attempts, now + backoff(attempts, jitter()), outcome.reason};
        co_await route_.outbox.postpone(entry, std::move(retry), deadline);
        break;
    }
    case Kind::server_lost: {
        // Nothing that the mail did: it stays first in the line and is the one to try the server again.
        Outbox::Retry retry{entry.attempts, entry.due_at, outcome.reason};
        co_await route_.outbox.postpone(entry, std::move(retry), deadline);
        break;
    }
    }
}

Task<> Delivery::purge()
{
    if (Steady::now() < purge_at_) {
        co_return;
    }
    purge_at_ = Steady::now() + limits_.purge;
    std::size_t expired = 0;
    try {
        for (std::size_t some = 1; some > 0; expired += some) {
            some = co_await route_.outbox.purge(route_.clock.now(), limits_.keep_buried,
                                                Deadline::after(time_for_the_outbox));
        }
    } catch (const std::exception& exception) {
        log::warning("mail", "the outbox cannot be purged", {{"reason", exception.what()}});
    }
    if (expired > 0) {
        log::warning("mail", "mail expired before it could be delivered", {{"count", expired}});
    }
}

void Delivery::server_is_lost(const std::string& reason)
{
    if (Steady::now() < resume_at_) {
        return; // another lane has noticed it already
    }
    if (losses_ == 0 || reason != reason_of_loss_) {
        log::warning("mail", "no mail can be delivered; it waits in the outbox", {{"reason", reason}});
        reason_of_loss_ = reason;
    }
    ++losses_;
    resume_at_ = Steady::now() + reconnect_delay(losses_, jitter());
}

void Delivery::server_is_back()
{
    if (losses_ > 0) {
        log::info("mail", "mail is delivered again");
    }
    losses_ = 0;
}

void Delivery::mail_is_put_off(const std::string& reason)
{
    ++put_off_;
    if (Steady::now() >= tell_of_put_off_mail_at_) {
        log::warning("mail", "the mail server puts mail off", {{"count", put_off_}, {"reason", reason}});
        tell_of_put_off_mail_at_ = Steady::now() + between_lines_about_put_off_mail;
        put_off_ = 0;
    }
}

Task<> Delivery::sleep(std::chrono::milliseconds time)
{
    if (!woken_) {
        timer_.expires_after(time);
        co_await timer_.async_wait(asio::as_tuple(asio::use_awaitable));
    }
    woken_ = false;
}

void Delivery::wake()
{
    woken_ = true;
    timer_.cancel();
}

double Delivery::jitter()
{
    return std::uniform_real_distribution{0.0, 1.0}(random_);
}

}
