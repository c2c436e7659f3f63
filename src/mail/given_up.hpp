#pragma once

#include "audit/event.hpp"
#include "mail/outbox.hpp"

namespace watchword::mail {

/// What the audit trail keeps of a mail that is given up: its number, the attempts and the code of the server's reply.
/// What the server said is not kept: it may quote the address.
audit::Event given_up(const ClaimedEntry& entry, const Outbox::Burial& burial);

}
