#include "sessions/tokens.hpp"

#include "crypto/hmac.hpp"
#include "crypto/random.hpp"

#include <charconv>
#include <cmath>

#include <boost/json/object.hpp>
#include <boost/json/value.hpp>
#include <fmt/format.h>

namespace watchword::sessions {
namespace {

/// Times in a token are NumericDates: seconds, in the range in which a double still counts each one.
constexpr double latest_date = 9'007'199'254'740'992.0;

std::string_view name_of(TokenKind kind)
{
    return kind == TokenKind::access ? "access" : "refresh";
}

std::int64_t seconds_of(Instant instant)
{
    return std::chrono::floor<std::chrono::seconds>(instant.time_since_epoch()).count();
}

std::optional<std::string_view> text_member(const boost::json::object& claims, std::string_view name)
{
    const auto* value = claims.if_contains(name);
    const auto* text = value ? value->if_string() : nullptr;
    return text ? std::optional<std::string_view>(*text) : std::nullopt;
}

/// A NumericDate (RFC 7519 §2), integer or not; nothing where the member is missing or anything else.
std::optional<double> date_member(const boost::json::object& claims, std::string_view name)
{
    const auto* value = claims.if_contains(name);
    if (!value || !value->is_number()) {
        return std::nullopt;
    }
    const double date = value->to_number<double>();
    return std::isfinite(date) && std::abs(date) <= latest_date ? std::optional(date) : std::nullopt;
}

/// The decimal id of an account in the only form in which we write it: digits, no sign, no leading zero.
std::optional<accounts::AccountId> parse_subject(std::string_view text)
{
    accounts::AccountId id = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), id);
    const bool canonical = error == std::errc{} && end == text.data() + text.size() && id > 0 && text.front() != '0';
    return canonical ? std::optional(id) : std::nullopt;
}

/// Far in the future, but still a moment that the clock's type can hold.
Instant instant_of(double date)
{
    constexpr double latest = 4'102'444'800.0; // 2100-01-01
    return Instant{std::chrono::seconds{static_cast<std::int64_t>(std::min(date, latest))}};
}

}

Tokens::Tokens(TokenSettings settings) : settings_(std::move(settings))
{
    keys_.emplace_back(settings_.algorithm, settings_.secret_key);
    if (!settings_.previous_key.empty()) {
        keys_.emplace_back(settings_.algorithm, settings_.previous_key);
    }
}

std::string Tokens::access(accounts::AccountId account, std::string_view session, Instant now) const
{
    const Claims claims{account, std::string(session), 0, now + settings_.access_lifetime};
    return sign(claims, TokenKind::access, crypto::random_hex(16), now);
}

std::string Tokens::refresh(accounts::AccountId account, std::string_view session, std::int64_t counter,
                            Instant issued_at, Instant expires_at) const
{
    return sign({account, std::string(session), counter, expires_at}, TokenKind::refresh,
                fmt::format("{}.{}", session, counter), issued_at);
}

std::string Tokens::sign(const Claims& claims, TokenKind kind, std::string_view token_id, Instant issued_at) const
{
    // Every text here is one of ours: digits, hex and dots, so nothing needs escaping.
    std::string json =
        fmt::format(R"({{"sub":"{}","type":"{}","exp":{},"iat":{},"jti":"{}","sid":"{}")", claims.account,
                    name_of(kind), seconds_of(claims.expires_at), seconds_of(issued_at), token_id, claims.session);
    if (kind == TokenKind::refresh) {
        fmt::format_to(std::back_inserter(json), R"(,"ctr":{})", claims.refresh_counter);
    }
    json += '}';
    return crypto::sign(keys_.front(), json);
}

std::optional<Claims> Tokens::read(std::string_view token, TokenKind wanted, Instant now) const
{
    const std::size_t accepted_keys = now < settings_.previous_key_until ? keys_.size() : 1;
    const auto claims = crypto::verify(std::span(keys_).first(accepted_keys), token);
    if (!claims || text_member(*claims, "type") != name_of(wanted)) {
        return std::nullopt;
    }
    const auto account = parse_subject(text_member(*claims, "sub").value_or(""));
    const auto expires = date_member(*claims, "exp");
    const double current = static_cast<double>(to_microseconds(now)) / 1e6;
    if (!account || !expires || *expires <= current) {
        return std::nullopt;
    }
    if (claims->contains("nbf") && date_member(*claims, "nbf").value_or(latest_date) > current) {
        return std::nullopt;
    }
    const auto session = text_member(*claims, "sid");
    if (session ? session->empty() : claims->contains("sid") || settings_.legacy == TokenSettings::Legacy::refused) {
        return std::nullopt;
    }
    const auto* counter = claims->if_contains("ctr");
    if (session && wanted == TokenKind::refresh && !(counter && counter->is_int64())) {
        return std::nullopt;
    }
    return Claims{*account, std::string(session.value_or("")), counter && counter->is_int64() ? counter->as_int64() : 0,
                  instant_of(*expires)};
}

}
