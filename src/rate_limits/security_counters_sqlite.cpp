#include "rate_limits/security_counters_sqlite.hpp"

#include "rate_limits/gcra.hpp"

#include <cstdint>
#include <utility>

namespace watchword::rate_limits {
namespace {

constexpr std::int64_t sweep_rows_max = 1'000; // in one write, so that others find room between

gcra::FullAgain read(sqlite::Connection& connection, const CounterKey& key)
{
    const auto rows = connection.rows("SELECT rate, tat FROM security_counters WHERE key = ?1 AND rate < ?2",
                                      sqlite::as_blob(key.bytes()), std::int64_t{Rates::size_max});
    gcra::FullAgain known{};
    for (const auto& row : rows) {
        known.at(static_cast<std::size_t>(row.integer(0))) = gcra::nanoseconds(row.integer(1));
    }
    return known;
}

void write(sqlite::Connection& connection, const CounterKey& key, const Rates& rates, const gcra::FullAgain& after)
{
    for (std::size_t i = 0; i < rates.size(); ++i) {
        connection.execute("INSERT INTO security_counters (key, rate, tat) VALUES (?1, ?2, ?3) "
                           "ON CONFLICT (key, rate) DO UPDATE SET tat = excluded.tat",
                           sqlite::as_blob(key.bytes()), static_cast<std::int64_t>(i), std::int64_t{after[i].count()});
    }
}

class SqliteSecurityCounters final : public SecurityCounters {
public:
    SqliteSecurityCounters(sqlite::Database& database, const Clock& clock) : database_(database), clock_(clock) {}

    Task<Result<>> consume(const CounterKey& key, const Rates& rates, Deadline deadline) override
    {
        // Whoever is over the limit is refused here, without a place in the queue of writes.
        const auto known = read(database_.reader(), key);
        const auto decision = gcra::take(known, rates, now());
        if (decision.refused() && decision.after == known) {
            co_return decision.outcome();
        }
        auto consume_one = [this, key, rates](sqlite::Connection& connection) {
            const auto before = read(connection, key);
            const auto decided = gcra::take(before, rates, now());
            if (decided.after != before) {
                write(connection, key, rates, decided.after);
            }
            return decided.outcome();
        };
        co_return co_await database_.write(std::move(consume_one), deadline);
    }

    Task<> give_back(const CounterKey& key, const Rates& rates, Deadline deadline) override
    {
        auto give_one_back = [this, key, rates](sqlite::Connection& connection) {
            write(connection, key, rates, gcra::give_back(read(connection, key), rates, now()));
        };
        co_await database_.write(std::move(give_one_back), deadline);
    }

    Task<> sweep(Deadline deadline) override
    {
        auto forget = [this](sqlite::Connection& connection) {
            return connection.execute("DELETE FROM security_counters WHERE (key, rate) IN "
                                      "(SELECT key, rate FROM security_counters WHERE tat <= ?1 LIMIT ?2)",
                                      std::int64_t{now().count()}, sweep_rows_max);
        };
        std::int64_t forgotten = sweep_rows_max;
        while (forgotten == sweep_rows_max) {
            forgotten = co_await database_.write(forget, deadline);
        }
    }

private:
    gcra::nanoseconds now() const { return clock_.now().time_since_epoch(); }

    sqlite::Database& database_;
    const Clock& clock_;
};

}

std::unique_ptr<SecurityCounters> make_sqlite_security_counters(sqlite::Database& database, const Clock& clock)
{
    return std::make_unique<SqliteSecurityCounters>(database, clock);
}

}
