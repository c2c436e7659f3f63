#include "registration/registration_store_sqlite.hpp"

#include "mail/outbox_sqlite.hpp"
#include "verification/verification_store_sqlite.hpp"

namespace watchword::registration {
namespace {

bool taken(sqlite::Connection& connection, const accounts::EmailAddress& email)
{
    return connection.row("SELECT 1 FROM users WHERE email = ?1", email.text) ||
           connection.row("SELECT 1 FROM email_claims WHERE canonical = ?1", email.canonical);
}

std::optional<accounts::Account> insert(sqlite::Connection& connection, const NewAccount& account,
                                        const verification::IssuedCode& code)
{
    if (taken(connection, account.email)) {
        return std::nullopt;
    }
    connection.execute("INSERT INTO users (email, full_name, hashed_password, created_at, is_email_verified) "
                       "VALUES (?1, ?2, ?3, ?4, 0)",
                       account.email.text, account.full_name, account.password_hash, account.created_at);
    const accounts::AccountId id = connection.last_insert_id();
    connection.execute("INSERT INTO email_claims (canonical, user_id) VALUES (?1, ?2)", account.email.canonical, id);
    verification::put_code(connection, id, code);
    return accounts::Account{id, account.email.text, account.full_name, account.created_at, false};
}

class SqliteRegistrationStore final : public RegistrationStore {
public:
    explicit SqliteRegistrationStore(sqlite::Database& database) : database_(database) {}

    Task<std::optional<accounts::Account>> create(const NewAccount& account, const verification::IssuedCode& code,
                                                  Deadline deadline) override
    {
        auto work = [account, code](sqlite::Connection& connection) { return insert(connection, account, code); };
        co_return co_await database_.write(std::move(work), deadline);
    }

    Task<accounts::AccountId> refuse_quietly(const mail::Entry& notice, Deadline deadline) override
    {
        auto work = [notice](sqlite::Connection& connection) {
            mail::insert_into_outbox(connection, notice);
            const auto row =
                connection.row("UPDATE sqlite_sequence SET seq = seq + 1 WHERE name = 'users' RETURNING seq");
            return row->integer(0);
        };
        co_return co_await database_.write(std::move(work), deadline);
    }

private:
    sqlite::Database& database_;
};

}

std::unique_ptr<RegistrationStore> make_sqlite_registration_store(sqlite::Database& database)
{
    return std::make_unique<SqliteRegistrationStore>(database);
}

}
