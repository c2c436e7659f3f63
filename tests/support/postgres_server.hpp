#pragma once

#include "tests/support/temporary_folder.hpp"

#include <cstdint>
#include <string>

#include <sys/types.h>

namespace watchword::tests {

/// A real PostgreSQL on a free port of 127.0.0.1 and on a socket in a folder of its own. It forgets what a crash of the
/// machine would forget, and ends with the test, however that ends.
class PostgresServer {
public:
    PostgresServer();

    /// A standby of that one: a copy that follows it, takes reads, and takes writes after `SELECT pg_promote()`.
    struct StandbyOf {
        const PostgresServer& primary;
    };
    explicit PostgresServer(StandbyOf standby);

    ~PostgresServer();

    PostgresServer(const PostgresServer&) = delete;
    PostgresServer& operator=(const PostgresServer&) = delete;

    /// The one that all tests of a program share, who each make a database of their own.
    static PostgresServer& shared();

    std::uint16_t port() const { return port_; }
    std::string socket_folder() const { return folder_.path().string(); }

    /// Where a database is, with user and password.
    std::string url(const std::string& database = "postgres") const;

    /// Makes a database, empty or a copy of that one, and returns where it is.
    std::string new_database(const std::string& original = "template1");

    /// Runs statements in a database and returns the first value of the last answer.
    std::string run(const std::string& sql, const std::string& url) const;

    void kill();
    void start(); ///< again, on the same data
    void freeze();
    void thaw();

private:
    std::string as_owner(const std::string& command) const;
    bool try_to_start();

    TemporaryFolder folder_;
    std::uint16_t port_;
    ::pid_t process_ = 0;
    int databases_ = 0;
};

}
