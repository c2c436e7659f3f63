#include "app/audit_command.hpp"

#include "app/operator_database.hpp"
#include "audit/chain.hpp"

#include <functional>
#include <limits>
#include <ostream>
#include <string_view>

#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>
#include <fmt/format.h>
#include <fmt/ranges.h>

namespace watchword {
namespace {

constexpr std::size_t records_at_a_time = 1000;

std::string hex(crypto::Bytes bytes)
{
    return fmt::format("{:02x}", fmt::join(bytes, ""));
}

/// The details as they are, also where somebody made nonsense of them.
boost::json::value readable(std::string_view details)
{
    boost::system::error_code error;
    auto value = boost::json::parse(details, error);
    return error ? boost::json::value(details) : value;
}

std::string line(const audit::Record& record)
{
    const auto& event = record.event;
    return boost::json::serialize(boost::json::object{
        {"id", record.id},
        {"at", to_rfc3339(event.at)},
        {"event", event.name},
        {"user_id", event.user_id ? boost::json::value(*event.user_id) : boost::json::value(nullptr)},
        {"client_address", event.client_address},
        {"request_id", event.request_id},
        {"details", readable(event.details)},
        {"hash", hex(record.hash)},
    });
}

/// Calls `visit` with each record, until it returns false.
Task<> for_each(audit::Trail& trail, std::optional<std::int64_t> user_id,
                std::function<bool(const audit::Record&)> visit)
{
    auto last = std::numeric_limits<std::int64_t>::min(); // whoever inserts a record may number it as he likes
    while (true) {
        const auto records =
            co_await trail.read(last, records_at_a_time, user_id, Deadline::after(std::chrono::seconds{10}));
        for (const auto& record : records) {
            if (!visit(record)) {
                co_return;
            }
            last = record.id;
        }
        if (records.empty()) {
            co_return;
        }
    }
}

/// What is found on the way along the trail.
class Verification {
public:
    explicit Verification(std::optional<std::string> noted_hash) : noted_hash_(std::move(noted_hash)) {}

    bool examine(const audit::Record& record)
    {
        if (const auto problem = check_.add(record)) {
            flaw_ = fmt::format("audit record {}: {}", record.id, *problem);
            return false;
        }
        ++count_;
        last_hash_ = hex(record.hash);
        was_met_ = was_met_ || last_hash_ == noted_hash_;
        return true;
    }

    int tell(std::ostream& out, std::ostream& err) const
    {
        if (!flaw_.empty()) {
            err << fmt::format("watchword: {}\n", flaw_);
            return 1;
        }
        if (noted_hash_ && !was_met_) {
            err << fmt::format("watchword: no audit record has the hash {}: the trail was cut off, or written anew\n",
                               *noted_hash_);
            return 1;
        }
        out << (count_ == 0 ? "the audit trail is empty\n"
                            : fmt::format("records: {}, each as it was written; the last one has the hash {}\n", count_,
                                          last_hash_));
        return 0;
    }

private:
    audit::ChainCheck check_;
    std::optional<std::string> noted_hash_;
    std::int64_t count_ = 0;
    std::string last_hash_;
    std::string flaw_;
    bool was_met_ = false;
};

}

int run_audit_command(const Settings& settings, const AuditCommand& command, std::ostream& out, std::ostream& err)
{
    int exit_code = 0;
    if (command.action == AuditCommand::Action::list) {
        const auto show = [&](const audit::Record& record) { return (out << line(record) << '\n').good(); };
        work_on_database(settings,
                         [&](OperatorStores& stores) { return for_each(*stores.trail, command.user_id, show); });
    } else {
        Verification verification{command.noted_hash};
        const auto examine = [&](const audit::Record& record) { return verification.examine(record); };
        work_on_database(settings,
                         [&](OperatorStores& stores) { return for_each(*stores.trail, std::nullopt, examine); });
        exit_code = verification.tell(out, err);
    }
    if (!out.flush()) {
        err << "watchword: not everything could be written to the output\n";
        return 1;
    }
    return exit_code;
}

}
