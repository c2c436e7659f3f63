#include "accounts/account_store_sqlite.hpp"

namespace watchword::accounts {
namespace {

class SqliteAccountStore final : public AccountStore {
public:
    explicit SqliteAccountStore(sqlite::Database& database) : database_(database) {}

    Task<std::optional<Account>> find(AccountId id, Deadline) override
    {
        const auto row = database_.reader().row(
            "SELECT id, email, full_name, created_at, is_email_verified FROM users WHERE id = ?1", id);
        if (!row) {
            co_return std::nullopt;
        }
        co_return Account{row->integer(0), row->text(1), row->optional_text(2), row->instant(3), row->flag(4)};
    }

    Task<std::optional<AccountCredentials>> find_credentials(const EmailAddress& email, Deadline) override
    {
        auto& reader = database_.reader();
        const auto id = find_account_id(reader, email);
        if (!id) {
            co_return std::nullopt;
        }
        const auto row = reader.row("SELECT hashed_password, is_email_verified FROM users WHERE id = ?1", *id);
        if (!row) {
            co_return std::nullopt;
        }
        co_return AccountCredentials{*id, row->text(0), row->flag(1)};
    }

    Task<> replace_password_hash(AccountId id, const std::string& expected, const std::string& replacement,
                                 Deadline deadline) override
    {
        auto replace = [id, expected, replacement](sqlite::Connection& connection) {
            connection.execute("UPDATE users SET hashed_password = ?3 WHERE id = ?1 AND hashed_password = ?2", id,
                               expected, replacement);
        };
        co_await database_.write(std::move(replace), deadline);
    }

private:
    sqlite::Database& database_;
};

}

std::unique_ptr<AccountStore> make_sqlite_account_store(sqlite::Database& database)
{
    return std::make_unique<SqliteAccountStore>(database);
}

std::optional<AccountId> find_account_id(sqlite::Connection& connection, const EmailAddress& email)
{
    if (const auto exact = connection.row("SELECT id FROM users WHERE email = ?1", email.text)) {
        return exact->integer(0);
    }
    const auto claim =
        connection.row("SELECT user_id FROM email_claims WHERE canonical = ?1 AND ambiguous = 0", email.canonical);
    return claim ? std::optional(claim->integer(0)) : std::nullopt;
}

}
