#pragma once

#include "mail/message.hpp"
#include "runtime/deadline.hpp"
#include "runtime/task.hpp"

#include <string>

namespace watchword::mail {

/// What became of one attempt. A reason is for the log: it names what the other side said and, where it can, the
/// setting that would help; it never holds a password or the text of the mail.
struct DeliveryOutcome {
    enum class Kind {
        delivered,   ///< the next server has taken the responsibility
        try_again,   ///< not this mail, not now
        refused,     ///< never this mail
        server_lost, ///< no mail at all can be sent now; says nothing about this one
    };

    Kind kind = Kind::delivered;
    std::string reason;
    int smtp_reply = 0; ///< the code of the reply that says so; 0: there was none

    static DeliveryOutcome delivered() { return {}; }
    static DeliveryOutcome try_again(std::string reason, int smtp_reply = 0)
    {
        return {Kind::try_again, std::move(reason), smtp_reply};
    }
    static DeliveryOutcome refused(std::string reason, int smtp_reply = 0)
    {
        return {Kind::refused, std::move(reason), smtp_reply};
    }
    static DeliveryOutcome server_lost(std::string reason) { return {Kind::server_lost, std::move(reason)}; }
};

/// Port: hands mail to the outside. Used from one I/O thread.
class Mailer {
public:
    virtual ~Mailer() = default;

    /// Attempts to deliver one letter. May be called again before an earlier call has ended.
    virtual Task<DeliveryOutcome> deliver(const Letter& letter, Deadline deadline) = 0;

    /// Says that no mail is waiting: connections that were kept for the next one are closed.
    virtual void rest() {}
};

}
