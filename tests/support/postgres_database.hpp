#pragma once

#include "postgres/database.hpp"
#include "runtime/io_threads.hpp"
#include "tests/support/postgres_server.hpp"
#include "tests/support/run_task.hpp"

#include <string>
#include <utility>

namespace watchword::tests {

/// A database of a real PostgreSQL, and two I/O threads that speak to it, until the end of the scope.
class PostgresDatabase {
public:
    explicit PostgresDatabase(const std::string& url, postgres::DatabaseOptions options)
        : database_(threads_, with(std::move(options), url))
    {
        threads_.start();
        run_task(database_.start());
    }
    explicit PostgresDatabase(const std::string& url = PostgresServer::shared().new_database())
        : PostgresDatabase(url, {.connection = options(url), .write_connections = 4, .extra_connections = 0})
    {
    }

    ~PostgresDatabase()
    {
        run_task(database_.stop());
        threads_.join();
    }

    static postgres::ConnectionOptions options(const std::string& url)
    {
        return {.location = postgres::Location::parse(url).value()};
    }

    postgres::Database& get() { return database_; }
    IoThreads& threads() { return threads_; }

    template <class... Values>
    postgres::Rows read(std::string_view sql, const Values&... values)
    {
        return run_task(database_.read(sql, Deadline::after(std::chrono::seconds{5}), values...));
    }

    template <class... Values>
    postgres::Rows write(std::string_view sql, const Values&... values)
    {
        postgres::Flight flight;
        flight.add(sql, values...);
        return run_task(database_.write(std::move(flight), Deadline::after(std::chrono::seconds{5}))).front();
    }

private:
    static postgres::DatabaseOptions with(postgres::DatabaseOptions options, const std::string& url)
    {
        options.connection.location = postgres::Location::parse(url).value();
        return options;
    }

    IoThreads threads_{2};
    postgres::Database database_;
};

}
