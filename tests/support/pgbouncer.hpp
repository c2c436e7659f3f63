#pragma once

#include "tests/support/temporary_folder.hpp"

#include <cstdint>
#include <string>

#include <sys/types.h>

namespace watchword::tests {

/// A real PgBouncer in transaction mode before a PostgreSQL on 127.0.0.1, with two connections to it for each database,
/// so that whoever comes next nearly always gets another's. It ends with the test, however that ends.
class PgBouncer {
public:
    /// `server_port` is PostgreSQL's.
    explicit PgBouncer(std::uint16_t server_port);
    ~PgBouncer();

    PgBouncer(const PgBouncer&) = delete;
    PgBouncer& operator=(const PgBouncer&) = delete;

    /// Where a database of that server is, by way of the pooler.
    std::string url(const std::string& database) const;

private:
    TemporaryFolder folder_;
    std::uint16_t port_;
    ::pid_t process_ = 0;
};

}
