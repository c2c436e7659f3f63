#pragma once

#include "mail/outbox.hpp"
#include "postgres/database.hpp"

#include <memory>
#include <string_view>

namespace watchword::mail {

/// The outbox in PostgreSQL. Any number of instances share its work: what one has claimed, the others skip.
std::unique_ptr<Outbox> make_pg_outbox(postgres::Database& database);

/// Stores a mail, due at once, inside the caller's flight, and withdraws an undelivered one with the same `replaces`.
/// Tell the delivery afterwards (`Delivery::nudge`), or it is found at the next poll.
void put_mail(postgres::Flight& flight, const Entry& entry);

}
