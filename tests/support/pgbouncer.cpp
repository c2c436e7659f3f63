#include "tests/support/pgbouncer.hpp"

#include "tests/support/free_port.hpp"

#include <chrono>
#include <cstdlib>
#include <fstream>
#include <stdexcept>
#include <thread>

#include <fmt/format.h>
#include <libpq-fe.h>
#include <signal.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

namespace watchword::tests {
namespace {

using namespace std::chrono_literals;

constexpr auto configuration = R"([databases]
* = host=127.0.0.1 port={server_port}
[pgbouncer]
listen_addr = 127.0.0.1
listen_port = {port}
unix_socket_dir =
auth_type = scram-sha-256
auth_file = {folder}/users.txt
pool_mode = transaction
default_pool_size = 2
max_client_conn = 500
logfile = {folder}/log.txt
)";

}

PgBouncer::PgBouncer(std::uint16_t server_port) : port_(free_port())
{
    const auto folder = folder_.path().string();
    std::ofstream(folder_.path() / "users.txt") << "\"watchword\" \"secret\"\n";
    std::ofstream(folder_.path() / "pgbouncer.ini") << fmt::format(configuration, fmt::arg("server_port", server_port),
                                                                   fmt::arg("port", port_), fmt::arg("folder", folder));
    // It refuses to run as root.
    const bool is_root = ::geteuid() == 0;
    if (is_root && std::system(fmt::format("chown -R postgres '{}'", folder).c_str()) != 0) {
        throw std::runtime_error("the folder of PgBouncer cannot be given to postgres");
    }
    auto command = fmt::format("exec setpriv {} --pdeathsig KILL /usr/sbin/pgbouncer -q '{}/pgbouncer.ini'",
                               is_root ? "--reuid postgres --regid postgres --clear-groups" : "", folder);
    std::string shell = "/bin/sh";
    std::string flag = "-c";
    char* const arguments[] = {shell.data(), flag.data(), command.data(), nullptr};
    if (::posix_spawn(&process_, shell.c_str(), nullptr, nullptr, arguments, environ) != 0) {
        throw std::runtime_error("PgBouncer cannot be started");
    }
    while (PQping(url("postgres").c_str()) != PQPING_OK) {
        std::this_thread::sleep_for(10ms);
        if (::waitpid(process_, nullptr, WNOHANG) == process_) {
            throw std::runtime_error("PgBouncer does not start");
        }
    }
}

PgBouncer::~PgBouncer()
{
    ::kill(process_, SIGKILL);
    ::waitpid(process_, nullptr, 0);
}

std::string PgBouncer::url(const std::string& database) const
{
    return fmt::format("postgresql://watchword:secret@127.0.0.1:{}/{}", port_, database);
}

}
