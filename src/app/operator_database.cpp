#include "app/operator_database.hpp"

#include "app/settings_applied.hpp"
#include "audit/trail_pg.hpp"
#include "audit/trail_sqlite.hpp"
#include "base/start_refused.hpp"
#include "mail/outbox_pg.hpp"
#include "mail/outbox_sqlite.hpp"
#include "postgres/database.hpp"
#include "postgres/failure.hpp"
#include "runtime/io_threads.hpp"
#include "sqlite/database.hpp"

#include <exception>
#include <filesystem>
#include <string_view>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/use_future.hpp>
#include <fmt/format.h>

namespace watchword {
namespace {

constexpr std::string_view table_is_missing = "42P01";

using Work = std::function<Task<>(OperatorStores&)>;

void work_on_sqlite(const Settings& settings, const Work& work)
{
    const auto& file = settings.database.sqlite_file;
    if (!std::filesystem::exists(file)) {
        throw StartRefused(fmt::format("there is no database at {} yet", file.string()));
    }
    asio::io_context context{1}; // before the database, whose thread resumes tasks on it
    sqlite::Database database{file.string(), 1};
    OperatorStores stores{std::make_unique<mail::OutboxSqlite>(database), audit::make_sqlite_trail(database)};
    std::exception_ptr thrown;
    asio::co_spawn(context, work(stores), [&thrown](std::exception_ptr error) { thrown = error; });
    context.run();
    if (thrown) {
        std::rethrow_exception(thrown);
    }
}

Task<> between_start_and_stop(postgres::Database& database, const Work& work, OperatorStores& stores)
{
    co_await database.start();
    std::exception_ptr thrown;
    try {
        co_await work(stores);
    } catch (...) {
        thrown = std::current_exception();
    }
    co_await database.stop();
    if (thrown) {
        std::rethrow_exception(thrown);
    }
}

void work_on_postgres(const Settings& settings, const Work& work)
{
    IoThreads threads{1};
    postgres::Database database{threads, postgres_options(settings)};
    OperatorStores stores{mail::make_pg_outbox(database), audit::make_pg_trail(database)};
    auto done = asio::co_spawn(threads.context(0), between_start_and_stop(database, work, stores), asio::use_future);
    threads.start();
    threads.join();
    try {
        done.get();
    } catch (const postgres::Failure& failure) {
        if (failure.sqlstate() == table_is_missing) {
            throw StartRefused(
                fmt::format("the database lacks a table of this program ({}): start the service once", failure.what()));
        }
        throw;
    }
}

}

void work_on_database(const Settings& settings, const std::function<Task<>(OperatorStores&)>& work)
{
    settings.database.server ? work_on_postgres(settings, work) : work_on_sqlite(settings, work);
}

}
