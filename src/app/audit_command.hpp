#pragma once

#include "app/settings.hpp"

#include <cstdint>
#include <iosfwd>
#include <optional>
#include <string>

namespace watchword {

/// What an operator asks of the audit trail: `watchword audit …`.
struct AuditCommand {
    enum class Action {
        list,   ///< every record, oldest first, each as one line of JSON
        verify, ///< that the chain of hashes is whole
    };

    Action action = Action::list;
    std::optional<std::int64_t> user_id;   ///< `list`: only this account's
    std::optional<std::string> noted_hash; ///< `verify`: 64 hexadecimal digits, small; a record must have it
};

/// Carries the command out in the database of the settings, beside a server that may be running. Returns the exit code:
/// 0, or 1 where the trail is not what was written or `out` took not all of it; then one line on `err` says so.
///
/// Throws what `work_on_database` throws.
int run_audit_command(const Settings& settings, const AuditCommand& command, std::ostream& out, std::ostream& err);

}
