#include "mail/message.hpp"

#include "mail/header_text.hpp"
#include "mail/quoted_printable.hpp"

#include <fmt/format.h>

namespace watchword::mail {
namespace {

std::string from_field(const Sender& sender)
{
    const auto name = header_phrase(sender.name);
    if (name.empty()) {
        return sender.address.text();
    }
    // A line with an encoded word may have 76 characters, so the address gets a line of its own.
    return fmt::format("{}{}<{}>", name, name.contains("=?") ? "\r\n " : " ", sender.address.text());
}

std::string part(std::string_view media_type, std::string_view text)
{
    return fmt::format("Content-Type: {}; charset=utf-8\r\n"
                       "Content-Transfer-Encoding: quoted-printable\r\n"
                       "\r\n"
                       "{}",
                       media_type, to_quoted_printable(text));
}

/// RFC 2046 §5.1.4: the plainest form first.
std::string alternatives(const Letter& letter)
{
    // `=_` cannot occur in quoted-printable, so no line of a part is taken for the boundary (RFC 2045 §6.7).
    const auto boundary = "=_" + letter.id;
    return fmt::format("Content-Type: multipart/alternative;\r\n boundary=\"{0}\"\r\n"
                       "\r\n"
                       "--{0}\r\n"
                       "{1}"
                       "--{0}\r\n"
                       "{2}"
                       "--{0}--\r\n",
                       boundary, part("text/plain", letter.message.text), part("text/html", letter.message.html));
}

}

bool needs_smtputf8(const Letter& letter, const Sender& sender)
{
    return letter.recipient.needs_smtputf8() || sender.address.needs_smtputf8();
}

std::string to_rfc5322(const Letter& letter, const Sender& sender)
{
    // Auto-Submitted (RFC 3834 §5) keeps vacation notices from answering.
    return fmt::format("From: {}\r\n"
                       "To: {}\r\n"
                       "Subject: {}\r\n"
                       "Date: {}\r\n"
                       "Message-ID: <{}@{}>\r\n"
                       "Auto-Submitted: auto-generated\r\n"
                       "MIME-Version: 1.0\r\n"
                       "{}",
                       from_field(sender), letter.recipient.text(), header_text(letter.message.subject),
                       to_mail_date(letter.written_at), letter.id, sender.address.domain,
                       letter.message.html.empty() ? part("text/plain", letter.message.text) : alternatives(letter));
}

}
