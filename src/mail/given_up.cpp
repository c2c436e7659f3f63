#include "mail/given_up.hpp"

#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>

namespace watchword::mail {

audit::Event given_up(const ClaimedEntry& entry, const Outbox::Burial& burial)
{
    boost::json::object details{{"mail", entry.id}, {"attempts", entry.attempts + 1}};
    if (burial.smtp_reply != 0) {
        details["smtp_reply"] = burial.smtp_reply;
    }
    return {.at = burial.at, .name = "mail.given_up", .details = boost::json::serialize(details)};
}

}
