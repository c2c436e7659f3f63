#pragma once

#include "base/time.hpp"
#include "mail/mailer.hpp"
#include "mail/outbox.hpp"
#include "mail/sealer.hpp"
#include "runtime/task_group.hpp"

#include <atomic>
#include <chrono>
#include <optional>
#include <random>

#include <boost/asio/steady_timer.hpp>

namespace watchword::mail {

/// The worker between outbox and mailer. It looks for due mail every second and whenever it is nudged, holds a few
/// letters at a time however many wait, and records what became of each. A server that is dead or slow costs requests
/// nothing: they only store. While the server is lost one letter at a time tries it, at the latest after 15 s.
///
/// The log gets one line when the server is lost, one when it is back, one for each mail that was given up, and at most
/// one a minute about mail that is put off. None names an address or a code.
///
/// Lives on one I/O thread. Must outlive its `io_context`'s run, or be destroyed after `run` has returned.
class Delivery {
public:
    struct Limits {
        std::size_t lanes = 4; ///< letters in flight
        std::chrono::milliseconds poll{1000};
        std::chrono::seconds attempt{30}; ///< for one letter, from connecting to the last reply
        std::chrono::seconds lease{120};  ///< longer than an attempt and recording it; after a crash mail waits as long
        std::chrono::seconds purge{60};   ///< between two looks for what has expired
        int attempts = 20; ///< that the server puts a mail off, until it is given up; a lost server does not count
        std::chrono::hours keep_buried{24 * 30};
    };

    /// Everything that mail passes through on its way out.
    struct Route {
        Outbox& outbox;
        const Sealer& sealer;
        Mailer& mailer;
        const Clock& clock;
    };

    Delivery(asio::any_io_executor executor, Route route, Limits limits);
    Delivery(asio::any_io_executor executor, Route route) : Delivery(std::move(executor), route, Limits{}) {}

    /// Delivers until `stop`, and then until the letters in flight have arrived or the drain time is over. What is
    /// still in flight then is delivered again by the next worker, once its lease has ended.
    Task<> run();

    /// Says that mail was stored. From every thread; cheap.
    void nudge();

    /// Ends `run`. From every thread.
    void stop(Deadline drain);

private:
    using Steady = std::chrono::steady_clock;

    Task<> start_due_mail();
    Task<std::vector<ClaimedEntry>> claim(std::size_t limit);
    Task<> deliver(ClaimedEntry entry);
    Task<DeliveryOutcome> attempt(const ClaimedEntry& entry);
    void note(const ClaimedEntry& entry, const DeliveryOutcome& outcome);
    Task<> record(const ClaimedEntry& entry, const DeliveryOutcome& outcome);
    Task<> record_once(const ClaimedEntry& entry, const DeliveryOutcome& outcome);
    Task<> purge();

    void server_is_lost(const std::string& reason);
    void server_is_back();
    void mail_is_put_off(const std::string& reason);

    Task<> sleep(std::chrono::milliseconds time);
    void wake();
    double jitter();

    asio::any_io_executor executor_;
    Route route_;
    Limits limits_;

    TaskGroup letters_;
    std::size_t in_flight_ = 0;
    bool connections_are_kept_ = false;
    bool outbox_is_lost_ = false;
    std::vector<Instant> unanswered_leases_; // ends of those that may have been granted by an answer that was lost

    int losses_ = 0; // in a row
    std::string reason_of_loss_;
    Steady::time_point resume_at_{};
    Steady::time_point purge_at_{};
    Steady::time_point tell_of_put_off_mail_at_{};
    int put_off_ = 0; // since the log told of it

    asio::steady_timer timer_;
    bool woken_ = false;
    std::atomic<bool> nudged_ = false;
    std::optional<Deadline> drain_; // set: stopping
    std::minstd_rand random_{std::random_device{}()};
};

}
