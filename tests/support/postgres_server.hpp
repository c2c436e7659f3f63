#pragma once

#include "accounts/account.hpp"
#include "postgres/database.hpp"
#include "postgres/schema.hpp"
#include "tests/support/run_task.hpp"
#include "tests/support/temporary_folder.hpp"

#include <atomic>
#include <cstdlib>
#include <filesystem>
#include <stdexcept>
#include <string>

#include <fmt/format.h>
#include <unistd.h>

namespace watchword::tests {

/// A PostgreSQL cluster of the test program's own, on a Unix socket in a temporary folder: it needs no port. Started
/// when it is first asked for and stopped when the program ends. The server refuses to run as root, so then it runs as
/// the user postgres.
class PostgresServer {
public:
    static PostgresServer& running()
    {
        static PostgresServer server;
        return server;
    }

    ~PostgresServer() { run("pg_ctl", fmt::format("-D {}/data -m immediate -w stop", folder())); }

    PostgresServer(const PostgresServer&) = delete;
    PostgresServer& operator=(const PostgresServer&) = delete;

    SecretText url(const std::string& database) const
    {
        return SecretText(fmt::format("postgresql://postgres@/{}?host={}", database, folder()));
    }

    /// A new database of this program's schema. The first one serves as the template of the others, which are made in
    /// a few milliseconds.
    SecretText new_database()
    {
        const auto name = fmt::format("test{}", ++databases_);
        run_sql(fmt::format("CREATE DATABASE {} TEMPLATE migrated", name));
        return url(name);
    }

private:
    PostgresServer()
    {
        if (::geteuid() == 0 && std::system(fmt::format("chown postgres {}", folder()).c_str()) != 0) {
            throw std::runtime_error("the folder of PostgreSQL cannot be given away");
        }
        run("initdb", fmt::format("-D {}/data -A trust -U postgres -E UTF8 --locale=C.UTF-8 --no-sync", folder()));
        run("pg_ctl", fmt::format("-D {0}/data -l {0}/log -o \"-k {0} -c listen_addresses= -c fsync=off "
                                  "-c max_connections=300\" -w start",
                                  folder()));
        run_sql("CREATE DATABASE migrated");
        postgres::establish_schema(url("migrated"), std::chrono::seconds{5});
    }

    std::string folder() const { return folder_.path().string(); }

    void run(const std::string& program, const std::string& arguments) const
    {
        namespace fs = std::filesystem;
        fs::path binaries;
        for (const auto& version : fs::directory_iterator("/usr/lib/postgresql")) {
            binaries = std::max(binaries, version.path() / "bin");
        }
        const auto* as = ::geteuid() == 0 ? "runuser -u postgres -- " : "";
        const auto command =
            fmt::format("cd {} && {}{} {} >/dev/null 2>&1", folder(), as, (binaries / program).string(), arguments);
        if (std::system(command.c_str()) != 0) {
            throw std::runtime_error(command + " failed: is the package postgresql installed?");
        }
    }

    void run_sql(const std::string& sql)
    {
        postgres::Database database({.url = url("postgres"), .longest_wait = std::chrono::seconds{5}});
        postgres::Flight flight;
        flight.add(sql);
        run_task(database.write(std::move(flight), Deadline::after(std::chrono::seconds{20})));
    }

    TemporaryFolder folder_;
    std::atomic<int> databases_ = 0;
};

/// A new database on that server, with the means to put rows there that no request makes.
struct PgTables {
    postgres::Database database{
        {.url = PostgresServer::running().new_database(), .longest_wait = std::chrono::seconds{20}}};

    template <class... Arguments>
    postgres::Rows run(std::string_view sql, const Arguments&... arguments)
    {
        postgres::Flight flight;
        flight.add(sql, arguments...);
        return run_task(database.write(std::move(flight), Deadline::after(std::chrono::seconds{20}))).front();
    }

    accounts::AccountId add(const std::string& email, const std::string& canonical, const std::string& password_hash,
                            bool verified)
    {
        const auto rows = run("INSERT INTO users (email, full_name, hashed_password, created_at, is_email_verified, "
                              "email_otp_attempts) VALUES ($1::text, 'Jane Doe', $2::text, "
                              "'2026-11-25T22:40:22.181424Z', $3::boolean, 0) RETURNING id",
                              email, password_hash, verified);
        const auto id = rows.front().integer(0);
        run("SELECT watchword_claim($1::integer, $2::text, $3::text)", id, email, canonical);
        return id;
    }

    int count(std::string_view table)
    {
        return static_cast<int>(run(fmt::format("SELECT count(*) FROM {}", table)).front().integer(0));
    }
};

}
