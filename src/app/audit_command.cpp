#include "app/audit_command.hpp"

#include "app/operator_database.hpp"
#include "audit/chain.hpp"

#include <functional>
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
                const std::function<bool(const audit::Record&)>& visit)
{
    for (std::int64_t last = 0;;) {
        const auto records =
            co_await trail.read(last, records_at_a_time, user_id, Deadline::after(std::chrono::seconds{10}));
        if (records.empty()) {
            co_return;
        }
        for (const auto& record : records) {
            if (!visit(record)) {
                co_return;
            }
        }
        last = records.back().id;
    }
}

Task<> list(audit::Trail& trail, std::optional<std::int64_t> user_id, std::ostream& out)
{
    const auto show = [&out](const audit::Record& record) { return (out << line(record) << '\n').good(); };
    co_await for_each(trail, user_id, show);
}

/// What came of a check, for the operator.
struct Finding {
    bool whole = true;
    std::string text = "the audit trail is empty";
};

Task<> verify(audit::Trail& trail, const std::string& noted_hash, Finding& finding)
{
    audit::ChainCheck check;
    std::int64_t count = 0;
    bool was_noted = noted_hash.empty();
    const auto examine = [&](const audit::Record& record) {
        if (const auto problem = check.add(record)) {
            finding = {false, fmt::format("audit record {}: {}", record.id, *problem)};
            return false;
        }
        const auto hash = hex(record.hash);
        was_noted = was_noted || hash == noted_hash;
        finding.text = fmt::format("records: {}, each as it was written; the last one has the hash {}", ++count, hash);
        return true;
    };
    co_await for_each(trail, std::nullopt, examine);
    if (finding.whole && !was_noted) {
        finding = {false, fmt::format("no audit record has the hash {}: the trail was cut off before it, or written "
                                      "anew",
                                      noted_hash)};
    }
}

}

int run_audit_command(const Settings& settings, const AuditCommand& command, std::ostream& out, std::ostream& err)
{
    if (command.action == AuditCommand::Action::list) {
        work_on_database(settings, [&](OperatorStores& stores) { return list(*stores.trail, command.user_id, out); });
        return 0;
    }
    Finding finding;
    work_on_database(settings,
                     [&](OperatorStores& stores) { return verify(*stores.trail, command.noted_hash, finding); });
    if (!finding.whole) {
        err << "watchword: " << finding.text << '\n';
        return 1;
    }
    out << finding.text << '\n';
    return 0;
}

}
