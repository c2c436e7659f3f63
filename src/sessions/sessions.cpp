#include "sessions/sessions.hpp"

#include "base/log.hpp"
#include "crypto/base64url.hpp"
#include "crypto/bytes.hpp"
#include "crypto/hmac.hpp"
#include "crypto/random.hpp"

#include <algorithm>

namespace watchword::sessions {
namespace {

/// A session that is used all the time is written that often and not at every refresh.
constexpr std::chrono::minutes touch_interval{5};

struct ForgetAfter {
    LivingSessions& living;
    const std::string& session;
    ~ForgetAfter() { living.forget(session); }
};

/// The hash under which a token without a session is known to the store.
std::string fingerprint(std::string_view token)
{
    const crypto::Sha256 hash = crypto::sha256(token);
    return std::string(crypto::as_text(hash));
}

/// A refresh token of the old service becomes the token of a session whose id follows from it, so that exchanging it
/// again and again uses one session, and ending that session ends the token.
std::string adopted_session_id(std::string_view token)
{
    return "old-" + crypto::base64url::encode(fingerprint(token)).substr(0, 22);
}

}

Sessions::Sessions(SessionStore& store, LivingSessions& living, const Tokens& tokens, const Clock& clock,
                   SessionSettings settings)
    : store_(store), living_(living), tokens_(tokens), clock_(clock), settings_(settings)
{
}

Task<TokenPair> Sessions::open(accounts::AccountId account, const Client& client, Deadline deadline)
{
    const Instant now = clock_.now();
    const Session session{.id = crypto::random_hex(16),
                          .account = account,
                          .created_at = now,
                          .last_used_at = now,
                          .expires_at = now + tokens_.refresh_lifetime()};
    co_await store_.open(session, client, deadline);
    co_return with_refresh(session, now);
}

Task<Result<TokenPair>> Sessions::refresh(std::string_view token, const Client& client, Deadline deadline)
{
    const Instant now = clock_.now();
    const auto claims = tokens_.read(token, TokenKind::refresh, now);
    if (!claims) {
        co_return fail(ErrorCode::invalid_refresh_token);
    }
    const auto session = co_await session_of(*claims, token, client, now, deadline);
    if (!session) {
        co_return std::unexpected(session.error());
    }
    const bool adopted = claims->session.empty();
    const bool current = claims->refresh_counter == session->refresh_counter;
    if (adopted || (current && settings_.rotation == SessionSettings::Rotation::off)) {
        if (now - session->last_used_at >= touch_interval) {
            co_await store_.touch(session->id, now, deadline);
        }
        co_return access_only(*session, now);
    }
    const auto rotated = co_await rotate(*session, *claims, now, deadline);
    if (!rotated) {
        co_return std::unexpected(rotated.error());
    }
    co_return with_refresh(*rotated, now);
}

/// The living session behind a refresh token.
Task<Result<Session>> Sessions::session_of(const Claims& claims, std::string_view token, const Client& client,
                                           Instant now, Deadline deadline)
{
    const bool adopted = claims.session.empty();
    const std::string id = adopted ? adopted_session_id(token) : claims.session;
    auto session = co_await store_.find(id, deadline);
    if (!session && adopted) {
        const auto account = co_await store_.account_state(claims.account, deadline);
        if (!account) {
            co_return fail(ErrorCode::user_not_found);
        }
        const Instant issued_at = claims.expires_at - tokens_.refresh_lifetime();
        if (account->tokens_not_before && issued_at < *account->tokens_not_before) {
            co_return fail(ErrorCode::invalid_refresh_token);
        }
        session = Session{.id = id,
                          .account = claims.account,
                          .created_at = now,
                          .last_used_at = now,
                          .expires_at = claims.expires_at};
        co_await store_.open(*session, client, deadline);
    }
    if (!session || session->revoked || session->account != claims.account || session->expires_at <= now) {
        co_return fail(ErrorCode::invalid_refresh_token);
    }
    co_return std::move(*session);
}

/// Moves the session on, or, for a token used again, decides between a repeated request and a theft.
Task<Result<Session>> Sessions::rotate(const Session& session, const Claims& claims, Instant now, Deadline deadline)
{
    Session latest = session;
    if (claims.refresh_counter == session.refresh_counter) {
        const Instant expires_at = std::min(now + tokens_.refresh_lifetime(), session.created_at + settings_.longest);
        auto moved = co_await store_.rotate(session.id, session.refresh_counter, now, expires_at, deadline);
        if (!moved || moved->revoked) {
            co_return fail(ErrorCode::invalid_refresh_token);
        }
        latest = std::move(*moved);
    }
    const bool immediate_parent = claims.refresh_counter + 1 == latest.refresh_counter;
    if (immediate_parent && latest.rotated_at && now - *latest.rotated_at <= settings_.grace) {
        co_return latest;
    }
    co_await revoke(session.id, now, deadline);
    log::warning("sessions", "a used refresh token came back; its session was ended",
                 {{"account", session.account}, {"session", session.id}});
    co_return fail(ErrorCode::invalid_refresh_token);
}

Task<Result<Sessions::Admission>> Sessions::admit(std::string_view token, Deadline deadline)
{
    const auto claims = tokens_.read(token, TokenKind::access, clock_.now());
    if (!claims) {
        co_return fail(ErrorCode::invalid_access_token);
    }
    if (!claims->session.empty()) {
        if (co_await living_.account_of(claims->session, deadline) != claims->account) {
            co_return fail(ErrorCode::invalid_access_token);
        }
        co_return Admission{claims->account, claims->session};
    }
    const auto account = co_await store_.account_state(claims->account, deadline);
    const Instant issued_at = claims->expires_at - tokens_.access_lifetime();
    if (!account || (account->tokens_not_before && issued_at < *account->tokens_not_before)) {
        co_return fail(ErrorCode::invalid_access_token);
    }
    const std::string hash = fingerprint(token);
    if (co_await store_.is_denied(hash, deadline)) {
        co_return fail(ErrorCode::invalid_access_token);
    }
    co_return Admission{claims->account, ""};
}

Task<> Sessions::end(const Admission& admission, std::string_view token, Deadline deadline)
{
    const Instant now = clock_.now();
    if (!admission.session.empty()) {
        co_await revoke(admission.session, now, deadline);
        co_return;
    }
    if (const auto claims = tokens_.read(token, TokenKind::access, now)) {
        const std::string hash = fingerprint(token);
        co_await store_.deny(hash, claims->expires_at, deadline);
    }
}

/// Whatever comes of it: a revocation that broke may have been committed.
Task<> Sessions::revoke(const std::string& session, Instant now, Deadline deadline)
{
    const ForgetAfter forget{living_, session};
    co_await store_.revoke(session, now, deadline);
}

TokenPair Sessions::access_only(const Session& session, Instant now) const
{
    TokenPair pair;
    pair.expires_at = now + tokens_.access_lifetime();
    pair.access_token = tokens_.access(session.account, session.id, now);
    pair.access_token_expires_in = tokens_.access_lifetime().count();
    return pair;
}

TokenPair Sessions::with_refresh(const Session& session, Instant now) const
{
    TokenPair pair = access_only(session, now);
    const Instant issued_at = session.rotated_at.value_or(session.created_at);
    pair.refresh_token =
        tokens_.refresh(session.account, session.id, session.refresh_counter, issued_at, session.expires_at);
    pair.refresh_token_expires_in = std::chrono::floor<std::chrono::seconds>(session.expires_at - now).count();
    return pair;
}

}
