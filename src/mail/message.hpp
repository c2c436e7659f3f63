#pragma once

#include "base/time.hpp"
#include "mail/address.hpp"

#include <string>

namespace watchword::mail {

/// A mail as a feature writes it. All of it is UTF-8; nothing in it needs escaping for the header.
struct Message {
    std::string to; ///< the stored address of the account
    std::string subject;
    std::string text;
    std::string html;         ///< empty: the mail is plain text. Whoever writes it escapes what people have entered
    std::string console_line; ///< what the folder mailer shows on the console, for example the recipient and the code

    bool operator==(const Message&) const = default;
};

/// Who a mail comes from: `PROJECT_NAME <MAIL_FROM>`.
struct Sender {
    std::string name;
    Address address;
};

/// A message on its way. Id and date are the same at every attempt, so that a mailbox which gets it twice can tell.
struct Letter {
    Message message;
    Address recipient;
    std::string id; ///< the left side of the Message-ID: letters, digits, dots
    Instant written_at;
};

/// Whether the server must offer SMTPUTF8 (RFC 6531) to take this letter.
bool needs_smtputf8(const Letter& letter, const Sender& sender);

/// The letter as it travels (RFC 5322, MIME): header and body, every line ended by CRLF, all of it ASCII except, where
/// `needs_smtputf8`, the addresses. Nothing in the texts can add a line to the header or end the mail early.
std::string to_rfc5322(const Letter& letter, const Sender& sender);

}
