#include "login/login.hpp"

#include "base/log.hpp"

namespace watchword::login {
namespace {

/// A rehash waits behind every login, so it may take long; past this it is left to the next login.
constexpr std::chrono::minutes rehash_patience{1};

}

Login::Login(accounts::AccountStore& accounts, LoginAttempts& attempts, crypto::HashScheduler& hashes,
             sessions::Sessions& sessions, Background& background)
    : accounts_(accounts), attempts_(attempts), hashes_(hashes), sessions_(sessions), background_(background)
{
}

Task<Result<sessions::TokenPair>> Login::run(Credentials credentials, sessions::Client client, Deadline deadline)
{
    // Reserved before the work, so that a thousand guesses at once are no more than the limit allows.
    const auto attempt = co_await attempts_.reserve(credentials.email, client, deadline);
    if (!attempt) {
        co_return std::unexpected(attempt.error());
    }

    const auto account = co_await accounts_.find_credentials(credentials.email, deadline);
    auto stored = account ? crypto::PasswordHash::parse(account->password_hash) : std::nullopt;

    if (account && !stored) {
        log::warning("login", "a stored password hash cannot be read, so nobody can log in with it",
                     {{"account", account->id}});
    }

    const auto verdict = co_await hashes_.verify(credentials.password, std::move(stored), deadline);
    if (!verdict) {
        co_await attempts_.give_back(*attempt, deadline);
        co_return std::unexpected(verdict.error());
    }
    if (!account || *verdict == crypto::Verdict::mismatch) {
        log::info("login", "a login was refused", {{"account", account ? account->id : 0}, {"client", client.address}});
        co_return fail(ErrorCode::incorrect_credentials);
    }
    co_await attempts_.succeed(*attempt, deadline);
    if (!account->email_verified) {
        co_return fail(ErrorCode::email_not_verified);
    }
    if (*verdict == crypto::Verdict::match_of_an_outdated_hash) {
        background_.spawn("rehash", rehash(account->id, account->password_hash, std::move(credentials.password)));
    }
    auto tokens = co_await sessions_.open(account->id, client, deadline);
    log::info("login", "a session was opened", {{"account", account->id}, {"client", client.address}});
    co_return tokens;
}

/// Brings a stored hash to the wanted scheme and cost, after the answer. Replaces only the hash that was verified.
Task<> Login::rehash(accounts::AccountId account, std::string stored, SecretText password)
{
    const Deadline deadline = Deadline::after(rehash_patience);
    const auto replacement = co_await hashes_.remake(std::move(password), deadline);
    if (replacement) {
        co_await accounts_.replace_password_hash(account, stored, *replacement, deadline);
        log::info("login", "a password hash was renewed", {{"account", account}});
    }
}

}
