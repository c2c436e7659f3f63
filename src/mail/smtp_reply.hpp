#pragma once

#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

namespace watchword::mail {

/// The server cannot be used now: it is not reached, closed the connection, fell silent or does not speak SMTP. The
/// text is for the log.
class SmtpServerLost : public std::runtime_error {
public:
    using std::runtime_error::runtime_error;
};

/// What a server says to one command (RFC 5321 §4.2): a code of three digits and one or more lines of text.
struct SmtpReply {
    int code = 0;
    std::vector<std::string> lines; ///< without the code

    bool done() const { return code / 100 == 2; }
    bool go_on() const { return code / 100 == 3; }
    bool for_good() const { return code / 100 == 5; } ///< a refusal that will not change (RFC 5321 §4.2.1)

    /// Code and text on one line of at most 200 bytes of printable ASCII. Runs of four or more digits are masked: a
    /// server may quote the mail that it refuses, and a one-time code has no business in the log.
    std::string for_the_log() const;
};

/// Puts replies together from the bytes that arrive, in pieces of any size.
class SmtpReplyReader {
public:
    /// Throws SmtpServerLost where a line is longer than 4096 bytes, a reply has more than 100 lines, or a line does
    /// not begin with a code.
    void add(std::string_view bytes);

    /// The next complete reply, once.
    std::optional<SmtpReply> next();

private:
    void add_line(std::string_view line);

    std::string unfinished_line_;
    SmtpReply unfinished_;
    std::vector<SmtpReply> finished_;
};

/// What a server has offered in its answer to EHLO (RFC 5321 §4.1.1.1). Keywords are read in any case; `AUTH=LOGIN`,
/// the form before RFC 2554, counts as `AUTH LOGIN`.
struct SmtpFeatures {
    bool starttls = false;
    bool smtputf8 = false;
    std::vector<std::string> auth; ///< mechanisms in upper case: `PLAIN`, `LOGIN`, …

    bool offers_auth(std::string_view mechanism) const;
};

SmtpFeatures features_in(const SmtpReply& reply_to_ehlo);

}
