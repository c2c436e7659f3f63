#include "verification/verification_store_sqlite.hpp"

#include "accounts/account_store_sqlite.hpp"
#include "mail/outbox_sqlite.hpp"

namespace watchword::verification {
namespace {

class SqliteVerificationStore final : public VerificationStore {
public:
    explicit SqliteVerificationStore(sqlite::Database& database) : database_(database) {}

    Task<std::optional<Candidate>> find(const accounts::EmailAddress& email, Deadline) override
    {
        auto& reader = database_.reader();
        const auto id = accounts::find_account_id(reader, email);
        if (!id) {
            co_return std::nullopt;
        }
        const auto row = reader.row("SELECT email, is_email_verified FROM users WHERE id = ?1", *id);
        if (!row) {
            co_return std::nullopt;
        }
        co_return Candidate{*id, row->text(0), row->flag(1)};
    }

    Task<std::optional<Instant>> replace_code(accounts::AccountId account, const IssuedCode& code, Instant not_after,
                                              Deadline deadline) override
    {
        auto replace = [account, code, not_after](sqlite::Connection& connection) -> std::optional<Instant> {
            const auto last = connection.row("SELECT email_otp_last_sent_at FROM users WHERE id = ?1", account);
            const auto sent_at = last ? last->optional_instant(0) : std::nullopt;
            if (sent_at && *sent_at > not_after) {
                return sent_at;
            }
            put_code(connection, account, code);
            return std::nullopt;
        };
        co_return co_await database_.write(std::move(replace), deadline);
    }

    Task<std::optional<KeptCode>> consume_attempt(accounts::AccountId account, Instant now, int,
                                                  Deadline deadline) override
    {
        auto consume = [account, now](sqlite::Connection& connection) -> std::optional<KeptCode> {
            const auto row = connection.row(
                "UPDATE one_time_codes SET attempts_left = attempts_left - 1 "
                "WHERE user_id = ?1 AND purpose = ?2 AND attempts_left > 0 AND expires_at > ?3 RETURNING code_mac",
                account, verify_email_purpose, now);
            if (!row) {
                return std::nullopt;
            }
            const auto mac = row->blob(0);
            return KeptCode{.mac = std::string(mac.begin(), mac.end())};
        };
        co_return co_await database_.write(std::move(consume), deadline);
    }

    Task<bool> confirm(accounts::AccountId account, const KeptCode& code, Deadline deadline) override
    {
        auto confirm = [account, mac = sqlite::Blob(code.mac.begin(), code.mac.end())](sqlite::Connection& connection) {
            const auto removed =
                connection.execute("DELETE FROM one_time_codes WHERE user_id = ?1 AND purpose = ?2 AND code_mac = ?3",
                                   account, verify_email_purpose, mac);
            if (removed == 0) {
                return false;
            }
            connection.execute("UPDATE users SET is_email_verified = 1, email_otp_hash = NULL, "
                               "email_otp_expires_at = NULL, email_otp_attempts = 0 WHERE id = ?1",
                               account);
            return true;
        };
        co_return co_await database_.write(std::move(confirm), deadline);
    }

private:
    sqlite::Database& database_;
};

}

std::unique_ptr<VerificationStore> make_sqlite_verification_store(sqlite::Database& database)
{
    return std::make_unique<SqliteVerificationStore>(database);
}

void put_code(sqlite::Connection& connection, accounts::AccountId account, const IssuedCode& code)
{
    connection.execute("INSERT INTO one_time_codes (user_id, purpose, code_mac, attempts_left, sent_at, expires_at) "
                       "VALUES (?1, ?2, ?3, ?4, ?5, ?6) ON CONFLICT (user_id, purpose) DO UPDATE SET "
                       "code_mac = excluded.code_mac, attempts_left = excluded.attempts_left, "
                       "sent_at = excluded.sent_at, expires_at = excluded.expires_at",
                       account, verify_email_purpose, sqlite::Blob(code.mac.begin(), code.mac.end()),
                       std::int64_t{code.attempts}, code.sent_at, code.expires_at);
    connection.execute("UPDATE users SET email_otp_last_sent_at = ?2 WHERE id = ?1", account, code.sent_at);
    mail::insert_into_outbox(connection, code.mail);
}

}
