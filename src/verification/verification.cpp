#include "verification/verification.hpp"

#include "base/log.hpp"

#include <fmt/format.h>

namespace watchword::verification {

using accounts::AccountExistence;

Verification::Verification(VerificationStore& store, const OneTimeCodes& codes, rate_limits::SecurityCounters& counters,
                           const crypto::Keys& keys, crypto::HashScheduler& hashes, mail::Delivery& delivery,
                           const Clock& clock, VerificationLimits limits, AccountExistence existence)
    : store_(store),
      codes_(codes),
      counters_(counters),
      counter_key_(crypto::Digest::sha256, keys.derive("verification counters 1").reveal()),
      hashes_(hashes),
      delivery_(delivery),
      clock_(clock),
      limits_(std::move(limits)),
      existence_(existence)
{
}

Task<Result<>> Verification::send(const accounts::EmailAddress& email, Deadline deadline)
{
    const auto reserved = co_await reserve_mail(email, deadline);
    if (!reserved) {
        co_return std::unexpected(reserved.error());
    }
    const auto candidate = co_await store_.find(email, deadline);
    if (!candidate || candidate->verified) {
        co_await give_back_mail(email, deadline);
        if (existence_ == AccountExistence::hide) {
            co_return Result<>{};
        }
        co_return fail(candidate ? ErrorCode::email_already_verified : ErrorCode::user_not_found);
    }
    const Instant now = clock_.now();
    const auto interval = codes_.settings().resend_interval;
    const IssuedCode code = codes_.issue(email, candidate->email, now);
    const auto sent_at = co_await store_.replace_code(candidate->account, code, now - interval, deadline);
    if (sent_at) {
        co_await give_back_mail(email, deadline);
        if (existence_ == AccountExistence::hide) {
            co_return Result<>{};
        }
        co_return fail(ErrorCode::code_recently_sent, wait_until(now, *sent_at + interval));
    }
    delivery_.nudge();
    log::info("verification", "a code was sent", {{"account", candidate->account}});
    co_return Result<>{};
}

Task<Result<Verification::Outcome>> Verification::verify(const accounts::EmailAddress& email, const std::string& digits,
                                                         Deadline deadline)
{
    const auto key = key_of("code failures", email.canonical);
    const auto reserved = co_await counters_.consume(key, limits_.failures_per_account, deadline);
    if (!reserved) {
        co_return std::unexpected(reserved.error());
    }
    const auto candidate = co_await store_.find(email, deadline);
    if (existence_ == AccountExistence::reveal && (!candidate || candidate->verified)) {
        co_await counters_.give_back(key, limits_.failures_per_account, deadline);
        if (!candidate) {
            co_return fail(ErrorCode::user_not_found);
        }
        co_return Outcome::verified_before;
    }
    // An address without an account, or with a proven one, takes the same steps with nobody's id: the same statement,
    // the same comparison, the same answer.
    const accounts::AccountId account = candidate && !candidate->verified ? candidate->account : 0;
    const auto kept = co_await store_.consume_attempt(account, clock_.now(), codes_.settings().attempts, deadline);
    const auto right = co_await is_right(email, digits, kept.value_or(KeptCode{}), deadline);
    if (!right) {
        co_return std::unexpected(right.error());
    }
    if (!kept || !*right) {
        log::info("verification", "a code was refused", {{"account", account}});
        co_return fail(ErrorCode::invalid_or_expired_code);
    }
    const bool first = co_await store_.confirm(account, *kept, deadline);
    co_await counters_.give_back(key, limits_.failures_per_account, deadline);
    if (!first) {
        co_return Outcome::verified_before;
    }
    log::info("verification", "an address was verified", {{"account", account}});
    co_return Outcome::verified_now;
}

Task<Result<bool>> Verification::is_right(const accounts::EmailAddress& email, const std::string& digits,
                                          const KeptCode& kept, Deadline deadline)
{
    if (kept.old_form.empty()) {
        co_return codes_.matches(email, digits, kept.mac);
    }
    const auto verdict =
        co_await hashes_.verify(SecretText(digits), crypto::PasswordHash::parse(kept.old_form), deadline);
    if (!verdict) {
        co_return std::unexpected(verdict.error());
    }
    co_return *verdict != crypto::Verdict::mismatch;
}

Task<Result<>> Verification::reserve_mail(const accounts::EmailAddress& email, Deadline deadline)
{
    const auto key = key_of("codes", accounts::mailbox(email));
    co_return co_await counters_.consume(key, limits_.codes_per_mailbox, deadline);
}

Task<> Verification::give_back_mail(const accounts::EmailAddress& email, Deadline deadline)
{
    const auto key = key_of("codes", accounts::mailbox(email));
    co_await counters_.give_back(key, limits_.codes_per_mailbox, deadline);
}

rate_limits::CounterKey Verification::key_of(std::string_view purpose, std::string_view subject) const
{
    return rate_limits::CounterKey(counter_key_.mac(fmt::format("{}\n{}", purpose, subject)).text());
}

}
