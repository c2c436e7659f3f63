#include "mail/smtp_mailer.hpp"

#include "base/log.hpp"
#include "mail/smtp_dialogue.hpp"
#include "runtime/worker_thread.hpp"

#include <algorithm>
#include <optional>

#include <curl/curl.h>

namespace watchword::mail {
namespace {

bool is_loopback(std::string_view host)
{
    return host == "localhost" || host == "::1" || host.starts_with("127.");
}

}

class SmtpMailer::Lane {
public:
    Lane(const SmtpSettings& settings, std::stop_token stop) : settings_(settings), stop_(std::move(stop)) {}

    std::size_t waiting() const { return waiting_; }

    Task<DeliveryOutcome> deliver(const Letter& letter, Deadline deadline)
    {
        ++waiting_;
        auto work = [this, &letter, deadline] { return deliver_here(letter, deadline); };
        auto outcome = co_await thread_.run(std::move(work));
        --waiting_;
        co_return outcome;
    }

    void rest()
    {
        thread_.post([this] { connection_.reset(); });
    }

private:
    DeliveryOutcome deliver_here(const Letter& letter, Deadline deadline)
    {
        try {
            connect(deadline);
        } catch (const SmtpServerLost& lost) {
            connection_.reset();
            return DeliveryOutcome::server_lost(lost.what());
        }
        try {
            return transmit(*connection_, letter, settings_.sender, deadline);
        } catch (const SmtpServerLost& lost) {
            // Perhaps it is this letter that the server cannot stand: only this one waits.
            connection_.reset();
            return DeliveryOutcome::try_again(lost.what());
        }
    }

    void connect(Deadline deadline)
    {
        if (connection_ && !is_ready(*connection_, deadline)) {
            connection_.reset();
        }
        if (!connection_) {
            connection_.emplace(settings_, deadline, stop_);
            sign_in(*connection_, settings_, deadline);
        }
    }

    /// Whether a connection that was kept is still good; whatever the last letter left behind is cleared away.
    static bool is_ready(SmtpConnection& connection, Deadline deadline)
    {
        try {
            return connection.command("RSET", deadline.within(std::chrono::seconds{5})).done();
        } catch (const SmtpServerLost&) {
            return false;
        }
    }

    const SmtpSettings& settings_;
    std::stop_token stop_;
    std::optional<SmtpConnection> connection_; // belongs to the thread
    std::size_t waiting_ = 0;                  // belongs to the I/O thread
    WorkerThread thread_{"smtp"};
};

SmtpMailer::SmtpMailer(SmtpSettings settings, std::size_t lanes) : settings_(std::move(settings))
{
    ::curl_global_init(CURL_GLOBAL_DEFAULT);
    const bool plain = settings_.security == SmtpSettings::Security::none;
    if (plain && !settings_.username.empty() && !is_loopback(settings_.host)) {
        log::warning(
            "mail",
            "the SMTP password travels in plain text; set SMTP_USE_TLS=true or SMTP_USE_SSL=true if the server can",
            {{"server", settings_.host}});
    }
    for (std::size_t i = 0; i < lanes; ++i) {
        lanes_.push_back(std::make_unique<Lane>(settings_, stop_.get_token()));
    }
}

SmtpMailer::~SmtpMailer()
{
    stop_.request_stop();
}

Task<DeliveryOutcome> SmtpMailer::deliver(const Letter& letter, Deadline deadline)
{
    auto& lane = *std::ranges::min_element(lanes_, {}, [](const auto& candidate) { return candidate->waiting(); });
    co_return co_await lane->deliver(letter, deadline);
}

void SmtpMailer::rest()
{
    for (auto& lane : lanes_) {
        lane->rest();
    }
}

}
