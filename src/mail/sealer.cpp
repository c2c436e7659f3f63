#include "mail/sealer.hpp"

#include "crypto/hmac.hpp"
#include "crypto/seal.hpp"

#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>
#include <fmt/format.h>

namespace watchword::mail {
namespace {

std::string to_text(const Message& message)
{
    return boost::json::serialize(boost::json::object{
        {"to", message.to},
        {"subject", message.subject},
        {"text", message.text},
        {"html", message.html},
        {"console_line", message.console_line},
    });
}

Message from_text(std::string_view text)
{
    const auto parsed = boost::json::parse(text);
    const auto field = [&](std::string_view name) { return std::string(parsed.at(name).as_string()); };
    return {
        .to = field("to"),
        .subject = field("subject"),
        .text = field("text"),
        .html = field("html"),
        .console_line = field("console_line"),
    };
}

std::string associated_with(std::string_view recipient)
{
    return fmt::format("outbox 1:{}", recipient);
}

/// Each sealing is unlike any other, so its digest names the mail on every attempt and tells nothing about it.
std::string letter_id(const std::vector<unsigned char>& sealed)
{
    const auto digest = crypto::sha256(crypto::as_text(sealed));
    std::string id;
    for (const unsigned char byte : crypto::Bytes(digest).first(16)) {
        id += fmt::format("{:02x}", byte);
    }
    return id;
}

}

Entry Sealer::seal(const Message& message, std::string replaces, Instant now, Instant expires_at) const
{
    return {
        .recipient = message.to,
        .sealed = crypto::seal(key_, to_text(message), associated_with(message.to)),
        .replaces = std::move(replaces),
        .created_at = now,
        .expires_at = expires_at,
    };
}

std::expected<Letter, std::string> Sealer::open(const ClaimedEntry& entry) const
{
    const auto text = crypto::open(key_, entry.sealed, associated_with(entry.recipient));
    if (!text) {
        return std::unexpected("it was sealed under another SECRET_KEY");
    }
    auto message = from_text(*text);
    auto recipient = parse_address(message.to);
    if (!recipient) {
        return std::unexpected("its address is none that SMTP can carry");
    }
    return Letter{std::move(message), std::move(*recipient), letter_id(entry.sealed), entry.created_at};
}

}
