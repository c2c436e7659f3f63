#pragma once

#include "crypto/keys.hpp"
#include "mail/message.hpp"
#include "mail/outbox.hpp"

#include <expected>
#include <string>

namespace watchword::mail {

/// Closes messages for the outbox and opens them for delivery, so that a one-time code cannot be read from the
/// database, a backup or a dump. AES-256-GCM, bound to the recipient. Callable from every thread.
class Sealer {
public:
    explicit Sealer(const crypto::Keys& keys) : key_(keys.derive("outbox 1")) {}

    /// The entry to store for `message`. `replaces` names what the mail is about (`verification:42`); empty: it
    /// replaces nothing.
    Entry seal(const Message& message, std::string replaces, Instant now, Instant expires_at) const;

    /// The letter behind an entry, or why it can never be delivered: it was sealed under another SECRET_KEY, or its
    /// address is none that SMTP can carry.
    std::expected<Letter, std::string> open(const ClaimedEntry& entry) const;

private:
    crypto::Key key_;
};

}
