#include "tests/support/postgres_server.hpp"

#include "tests/support/free_port.hpp"

#include <algorithm>
#include <chrono>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <memory>
#include <stdexcept>
#include <string_view>
#include <thread>

#include <fmt/format.h>
#include <libpq-fe.h>
#include <pwd.h>
#include <signal.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

namespace watchword::tests {
namespace {

using namespace std::chrono_literals;

/// The newest that Debian's packages have installed.
std::string programs()
{
    std::string newest;
    for (const auto& entry : std::filesystem::directory_iterator("/usr/lib/postgresql")) {
        newest = std::max(newest, (entry.path() / "bin").string());
    }
    return newest;
}

void run_in_shell(const std::string& command)
{
    if (std::system(command.c_str()) != 0) {
        throw std::runtime_error("failed: " + command);
    }
}

}

PostgresServer& PostgresServer::shared()
{
    static PostgresServer server;
    return server;
}

PostgresServer::PostgresServer() : port_(free_port())
{
    std::ofstream(folder_.path() / "password") << "secret\n";
    if (::geteuid() == 0) {
        run_in_shell(fmt::format("chown -R postgres '{}'", folder_.path().string()));
    }
    run_in_shell(as_owner(fmt::format("{}/initdb -D '{}/data' -U watchword --pwfile '{}/password' --auth scram-sha-256 "
                                      "--no-sync -E UTF8 --locale C.UTF-8 >/dev/null",
                                      programs(), folder_.path().string(), folder_.path().string())));
    start();
}

PostgresServer::PostgresServer(StandbyOf standby) : port_(free_port())
{
    if (::geteuid() == 0) {
        run_in_shell(fmt::format("chown postgres '{}'", folder_.path().string()));
    }
    run_in_shell(as_owner(fmt::format("{}/pg_basebackup -D '{}/data' -d '{}' --write-recovery-conf --checkpoint=fast "
                                      "--no-sync",
                                      programs(), folder_.path().string(), standby.primary.url())));
    start();
}

PostgresServer::~PostgresServer()
{
    if (process_ != 0) {
        thaw();
        ::kill(process_, SIGQUIT); // takes the children along, who live in the folder
        ::waitpid(process_, nullptr, 0);
    }
}

/// PostgreSQL refuses to run as root.
std::string PostgresServer::as_owner(const std::string& command) const
{
    return ::geteuid() == 0 ? "setpriv --reuid postgres --regid postgres --clear-groups --pdeathsig KILL " + command
                            : "setpriv --pdeathsig KILL " + command;
}

std::string PostgresServer::url(const std::string& database) const
{
    return fmt::format("postgresql://watchword:secret@127.0.0.1:{}/{}", port_, database);
}

std::string PostgresServer::new_database(const std::string& original)
{
    const auto name = fmt::format("test{}", ++databases_);
    run(fmt::format("CREATE DATABASE {} TEMPLATE {}", name, original), url());
    return url(name);
}

std::string PostgresServer::run(const std::string& sql, const std::string& url) const
{
    const std::unique_ptr<PGconn, decltype(&PQfinish)> connection(PQconnectdb(url.c_str()), PQfinish);
    const std::unique_ptr<PGresult, decltype(&PQclear)> result(PQexec(connection.get(), sql.c_str()), PQclear);
    const auto status = PQresultStatus(result.get());
    if (status != PGRES_COMMAND_OK && status != PGRES_TUPLES_OK) {
        throw std::runtime_error(PQerrorMessage(connection.get()));
    }
    return PQntuples(result.get()) > 0 ? PQgetvalue(result.get(), 0, 0) : "";
}

bool PostgresServer::try_to_start()
{
    const auto command =
        "exec " + as_owner(fmt::format("{}/postgres -D '{}/data' -p {} -k '{}' -c listen_addresses=127.0.0.1 "
                                       "-c fsync=off -c max_connections=100 -c shared_buffers=16MB "
                                       ">>'{}/log.txt' 2>&1",
                                       programs(), folder_.path().string(), port_, folder_.path().string(),
                                       folder_.path().string()));
    std::string shell = "/bin/sh";
    std::string flag = "-c";
    std::string text = command;
    char* const arguments[] = {shell.data(), flag.data(), text.data(), nullptr};
    if (::posix_spawn(&process_, shell.c_str(), nullptr, nullptr, arguments, environ) != 0) {
        throw std::runtime_error("PostgreSQL cannot be started");
    }
    while (PQping(url().c_str()) != PQPING_OK) {
        std::this_thread::sleep_for(10ms);
        if (::waitpid(process_, nullptr, WNOHANG) == process_) {
            process_ = 0;
            return false;
        }
    }
    return true;
}

void PostgresServer::start()
{
    for (int i = 0; i < 100; ++i) { // the children of one that was killed may live a moment longer
        if (try_to_start()) {
            return;
        }
        std::this_thread::sleep_for(50ms);
    }
    throw std::runtime_error("PostgreSQL does not start");
}

void PostgresServer::kill()
{
    ::kill(process_, SIGKILL);
    ::waitpid(process_, nullptr, 0);
    process_ = 0;
}

void PostgresServer::freeze()
{
    // The postmaster and all that serve connections.
    run_in_shell(fmt::format("pkill -STOP -P {}; kill -STOP {}", process_, process_));
}

void PostgresServer::thaw()
{
    run_in_shell(fmt::format("kill -CONT {}; pkill -CONT -P {}; true", process_, process_));
}

}
