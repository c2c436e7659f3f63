#pragma once

#include "app/settings.hpp"

#include <cstdint>
#include <iosfwd>
#include <vector>

namespace watchword {

/// What an operator asks of the outbox: `watchword mail …`.
struct MailCommand {
    enum class Action {
        list,      ///< what waits and what was given up, oldest first
        retry,     ///< make the mails of `ids` due now
        retry_all, ///< make everything that was given up due now
        drop,      ///< remove the mails of `ids`
    };

    Action action = Action::list;
    std::vector<std::int64_t> ids;
};

/// Carries the command out in the database of the settings, beside a server that may be running; the server notices
/// within a second. No message and no code is shown. What was done goes to `out`, one line on `err` for each id that
/// nothing could be done for; those do not keep the others back. Returns the exit code: 0, or 1 where `err` got a line.
///
/// Throws what `work_on_database` throws.
int run_mail_command(const Settings& settings, const MailCommand& command, std::ostream& out, std::ostream& err);

}
