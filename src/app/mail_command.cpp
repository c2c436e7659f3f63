#include "app/mail_command.hpp"

#include "app/operator_database.hpp"
#include "base/time.hpp"

#include <algorithm>
#include <optional>
#include <ostream>
#include <string_view>

#include <fmt/format.h>

namespace watchword {
namespace {

using namespace std::chrono_literals;
using Action = MailCommand::Action;
using Retried = mail::Outbox::Retried;

constexpr std::size_t listed_max = 1000;

Deadline soon()
{
    return Deadline::after(10s);
}

/// `42 s`, `42 min`, `42 h` or `42 d`, rounded down.
std::string age(Instant from, Instant now)
{
    const auto seconds =
        std::max<std::int64_t>(std::chrono::duration_cast<std::chrono::seconds>(now - from).count(), 0);
    if (seconds < 120) {
        return fmt::format("{} s", seconds);
    }
    if (seconds < 120 * 60) {
        return fmt::format("{} min", seconds / 60);
    }
    if (seconds < 48 * 3600) {
        return fmt::format("{} h", seconds / 3600);
    }
    return fmt::format("{} d", seconds / 86'400);
}

std::string_view state_of(const mail::ListedEntry& entry, Instant now)
{
    if (entry.leased_until > now) {
        return "in delivery";
    }
    if (entry.expires_at <= now) {
        return entry.given_up ? "dead, expired" : "expired";
    }
    return entry.given_up ? "dead" : "waiting";
}

class Work {
public:
    Work(mail::Outbox& outbox, std::ostream& out, std::ostream& err) : outbox_(outbox), out_(out), err_(err) {}

    Task<> carry_out(const MailCommand& command)
    {
        switch (command.action) {
        case Action::list:
            co_await list();
            break;
        case Action::retry_all: {
            const auto count = co_await outbox_.retry_all(now_, soon());
            out_ << fmt::format("{} due now\n", count);
            break;
        }
        case Action::retry:
            for (const auto id : command.ids) {
                const auto retried = co_await outbox_.retry(id, now_, soon());
                tell(id, retried);
            }
            break;
        case Action::drop:
            for (const auto id : command.ids) {
                const bool dropped = co_await outbox_.drop(id, soon());
                if (dropped) {
                    out_ << fmt::format("mail {} was dropped\n", id);
                } else {
                    complain(id, "there is no such mail");
                }
            }
            break;
        }
    }

    int exit_code() const { return exit_code_; }

private:
    Task<> list()
    {
        const auto entries = co_await outbox_.list(listed_max + 1, soon());
        if (entries.empty()) {
            out_ << "no mail waits\n";
            co_return;
        }
        out_ << fmt::format("{:>8}  {:>7}  {:<13}  {:>8}  {:<32}  {}\n", "id", "age", "state", "attempts", "recipient",
                            "last error");
        for (std::size_t i = 0; i < std::min(entries.size(), listed_max); ++i) {
            const auto& entry = entries[i];
            out_ << fmt::format("{:>8}  {:>7}  {:<13}  {:>8}  {:<32}  {}\n", entry.id, age(entry.created_at, now_),
                                state_of(entry, now_), entry.attempts, entry.recipient,
                                entry.last_error.empty() ? "-" : entry.last_error);
        }
        if (entries.size() > listed_max) {
            out_ << fmt::format("and more: only the oldest {} are shown\n", listed_max);
        }
    }

    void tell(std::int64_t id, Retried retried)
    {
        if (retried == Retried::due) {
            out_ << fmt::format("mail {} is due now\n", id);
        } else if (retried == Retried::expired) {
            complain(id, "its code has expired or was replaced; it is not sent any more");
        } else {
            complain(id, "there is no such mail");
        }
    }

    void complain(std::int64_t id, std::string_view what)
    {
        err_ << fmt::format("watchword: mail {}: {}\n", id, what);
        exit_code_ = 1;
    }

    mail::Outbox& outbox_;
    std::ostream& out_;
    std::ostream& err_;
    const Instant now_ = SystemClock().now();
    int exit_code_ = 0;
};

}

int run_mail_command(const Settings& settings, const MailCommand& command, std::ostream& out, std::ostream& err)
{
    std::optional<Work> done;
    work_on_database(settings,
                     [&](OperatorStores& stores) { return done.emplace(*stores.outbox, out, err).carry_out(command); });
    return done->exit_code();
}

}
