#include "verification/verification_store_pg.hpp"

#include "accounts/account_store_pg.hpp"

namespace watchword::verification {
namespace {

std::optional<std::string> nothing_if_empty(const std::string& text)
{
    return text.empty() ? std::nullopt : std::optional(text);
}

class PgVerificationStore final : public VerificationStore {
public:
    explicit PgVerificationStore(postgres::Database& database) : database_(database) {}

    Task<std::optional<Candidate>> find(const accounts::EmailAddress& email, Deadline deadline) override
    {
        const auto row =
            co_await accounts::find_account_row(database_, "id, email, is_email_verified", email, deadline);
        if (!row) {
            co_return std::nullopt;
        }
        co_return Candidate{row->integer(0), row->text(1), row->flag(2)};
    }

    Task<std::optional<Instant>> replace_code(accounts::AccountId account, const IssuedCode& code, Instant not_after,
                                              Deadline deadline) override
    {
        const auto& mail = code.mail;
        postgres::Flight flight;
        flight.add("SELECT watchword_replace_code($1::integer, $2::timestamptz, "
                   "ROW($3::text, $4::bytea, $5::integer, $6::timestamptz, $7::timestamptz, $8::text)::watchword_code, "
                   "ROW($9::text, $10::bytea, $11::text, $12::timestamptz, $13::timestamptz)::watchword_mail)",
                   account, not_after, verify_email_purpose, postgres::as_blob(code.mac), code.attempts, code.sent_at,
                   code.expires_at, nothing_if_empty(code.old_form), mail.recipient, mail.sealed, mail.replaces,
                   mail.created_at, mail.expires_at);
        const auto answers = co_await database_.write(std::move(flight), deadline);
        co_return answers.front().front().optional_instant(0);
    }

    Task<std::optional<KeptCode>> consume_attempt(accounts::AccountId account, Instant now, int attempts_max,
                                                  Deadline deadline) override
    {
        postgres::Flight flight;
        flight.add("SELECT mac, old_form FROM watchword_consume_attempt($1::integer, $2::text, $3::timestamptz, "
                   "$4::integer)",
                   account, verify_email_purpose, now, attempts_max);
        const auto answers = co_await database_.write(std::move(flight), deadline);
        if (answers.front().empty()) {
            co_return std::nullopt;
        }
        const auto& row = answers.front().front();
        if (row.is_null(0)) {
            co_return KeptCode{.old_form = row.text(1)};
        }
        const auto mac = row.blob(0);
        co_return KeptCode{.mac = std::string(mac.begin(), mac.end())};
    }

    Task<bool> confirm(accounts::AccountId account, const KeptCode& code, Deadline deadline) override
    {
        postgres::Flight flight;
        flight.add("SELECT watchword_confirm($1::integer, $2::text, $3::bytea, $4::text)", account,
                   verify_email_purpose, postgres::as_blob(code.mac), nothing_if_empty(code.old_form));
        const auto answers = co_await database_.write(std::move(flight), deadline);
        co_return answers.front().front().flag(0);
    }

private:
    postgres::Database& database_;
};

}

std::unique_ptr<VerificationStore> make_pg_verification_store(postgres::Database& database)
{
    return std::make_unique<PgVerificationStore>(database);
}

}
