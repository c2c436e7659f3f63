#include "registration/registration_store_pg.hpp"

#include "accounts/account_store_pg.hpp"
#include "accounts/adoption_pg.hpp"
#include "mail/outbox_pg.hpp"
#include "postgres/failure.hpp"

namespace watchword::registration {
namespace {

constexpr std::string_view id_is_taken = "P0001"; // raised by watchword_create_account, and there for this alone

constexpr int tries = 3; // ids may be copied while people register

class PgRegistrationStore final : public RegistrationStore {
public:
    explicit PgRegistrationStore(postgres::Database& database) : database_(database) {}

    Task<std::optional<accounts::Account>> create(const NewAccount& account, const verification::IssuedCode& code,
                                                  Deadline deadline) override
    {
        // Only this program can tell what some spellings of the replaced service mean.
        co_await accounts::claim_rows_like(database_, account.email, deadline);
        const auto& mail = code.mail;
        postgres::Flight flight;
        flight.add("SELECT watchword_create_account($1::text, $2::text, $3::text, $4::text, $5::timestamptz, "
                   "ROW($6::text, $7::bytea, $8::integer, $9::timestamptz, $10::timestamptz, $11::text)"
                   "::watchword_code, "
                   "ROW($12::text, $13::bytea, $14::text, $15::timestamptz, $16::timestamptz)::watchword_mail)",
                   account.email.text, account.email.canonical, account.full_name, account.password_hash,
                   account.created_at, verification::verify_email_purpose, postgres::as_blob(code.mac), code.attempts,
                   code.sent_at, code.expires_at, code.old_form.empty() ? std::nullopt : std::optional(code.old_form),
                   mail.recipient, mail.sealed, mail.replaces, mail.created_at, mail.expires_at);
        const auto id = co_await id_of_created(flight, deadline);
        if (!id) {
            co_return std::nullopt;
        }
        co_return accounts::Account{*id, account.email.text, account.full_name, account.created_at, false};
    }

    Task<accounts::AccountId> refuse_quietly(const mail::Entry& notice, Deadline deadline) override
    {
        postgres::Flight flight;
        flight.add("SELECT nextval('users_id_seq')");
        mail::put_mail(flight, notice);
        const auto answers = co_await database_.write(std::move(flight), deadline);
        co_return answers.front().front().integer(0);
    }

private:
    /// Puts the sequence right where rows were copied with their ids beside the running service.
    Task<std::optional<std::int64_t>> id_of_created(const postgres::Flight& flight, Deadline deadline)
    {
        for (int tries_left = tries - 1;; --tries_left) {
            try {
                const auto answers = co_await database_.write(flight, deadline);
                co_return answers.front().front().optional_integer(0);
            } catch (const postgres::Failure& failure) {
                if (failure.sqlstate() != id_is_taken || tries_left == 0) {
                    throw;
                }
            }
            co_await accounts::put_sequence_right(database_, deadline);
        }
    }

    postgres::Database& database_;
};

}

std::unique_ptr<RegistrationStore> make_pg_registration_store(postgres::Database& database)
{
    return std::make_unique<PgRegistrationStore>(database);
}

}
