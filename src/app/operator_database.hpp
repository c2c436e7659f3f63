#pragma once

#include "app/settings.hpp"
#include "audit/trail.hpp"
#include "mail/outbox.hpp"
#include "runtime/task.hpp"

#include <functional>
#include <memory>

namespace watchword {

/// What the commands of an operator work on.
struct OperatorStores {
    std::unique_ptr<mail::Outbox> outbox;
    std::unique_ptr<audit::Trail> trail;
};

/// Opens the database of the settings, beside a server that may be running, and carries out `work`. Blocks until it has
/// ended, and throws what it throws; StartRefused where there is no database yet or it is not one of this program, and
/// Unavailable where it cannot be read or written now.
void work_on_database(const Settings& settings, const std::function<Task<>(OperatorStores&)>& work);

}
