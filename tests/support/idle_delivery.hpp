#pragma once

#include "mail/delivery.hpp"

#include <boost/asio/io_context.hpp>

namespace watchword::tests {

/// A delivery that never runs, for features that only tell it that mail was stored.
class IdleDelivery final : private mail::Outbox, private mail::Mailer {
public:
    IdleDelivery(const mail::Sealer& sealer, const Clock& clock)
        : delivery_(context_.get_executor(), {*this, sealer, *this, clock})
    {
    }

    mail::Delivery& delivery() { return delivery_; }

private:
    Task<std::vector<mail::ClaimedEntry>> claim(Lease, std::size_t, Deadline) override
    {
        co_return std::vector<mail::ClaimedEntry>{};
    }
    Task<> give_back(Instant, Deadline) override { co_return; }
    Task<> remove(const mail::ClaimedEntry&, Deadline) override { co_return; }
    Task<> postpone(const mail::ClaimedEntry&, Retry, Deadline) override { co_return; }
    Task<> bury(const mail::ClaimedEntry&, Burial, Deadline) override { co_return; }
    Task<std::size_t> purge(Instant, std::chrono::seconds, Deadline) override { co_return 0; }
    Task<std::vector<mail::ListedEntry>> list(std::size_t, Deadline) override
    {
        co_return std::vector<mail::ListedEntry>{};
    }
    Task<Retried> retry(std::int64_t, Instant, Deadline) override { co_return Retried::unknown; }
    Task<std::size_t> retry_all(Instant, Deadline) override { co_return 0; }
    Task<bool> drop(std::int64_t, Deadline) override { co_return false; }
    Task<mail::DeliveryOutcome> deliver(const mail::Letter&, Deadline) override
    {
        co_return mail::DeliveryOutcome::delivered();
    }

    asio::io_context context_;
    mail::Delivery delivery_;
};

}
