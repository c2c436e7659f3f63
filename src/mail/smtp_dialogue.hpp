#pragma once

#include "mail/mailer.hpp"
#include "mail/smtp_connection.hpp"

namespace watchword::mail {

/// Authenticates by PLAIN, or by LOGIN where the server offers no PLAIN (RFC 4954), unless the settings have no
/// username. Throws SmtpServerLost where the server offers no AUTH that can be used or refuses the credentials: that is
/// nothing that a mail could be blamed for.
void sign_in(SmtpConnection& connection, const SmtpSettings& settings, Deadline deadline);

/// Sends one letter over a connection that has signed in. Temporary refusals are `try_again`, final ones `refused`;
/// `server_lost` where the server takes no mail from us as we are set up. Throws SmtpServerLost.
DeliveryOutcome transmit(SmtpConnection& connection, const Letter& letter, const Sender& sender, Deadline deadline);

}
