#include "rate_limits/security_counters_pg.hpp"

#include "rate_limits/gcra.hpp"

#include <cstdint>
#include <string>
#include <utility>

#include <fmt/format.h>

namespace watchword::rate_limits {
namespace {

constexpr std::int64_t sweep_rows_max = 1'000; // in one statement, so that nobody waits long for a row

/// `{60000000000,3600000000000}`: an array as PostgreSQL reads it.
std::string array_of(const Rates& rates, std::chrono::nanoseconds (Rate::*part)() const)
{
    std::string text;
    for (const auto& rate : rates) {
        text += fmt::format("{}{}", text.empty() ? "{" : ",", (rate.*part)().count());
    }
    return text + "}";
}

void count(postgres::Flight& flight, std::string_view sql, const CounterKey& key, const Rates& rates,
           gcra::nanoseconds now)
{
    flight.add(sql, postgres::as_blob(key.bytes()), std::int64_t{now.count()}, array_of(rates, &Rate::interval),
               array_of(rates, &Rate::window));
}

class PgSecurityCounters final : public SecurityCounters {
public:
    PgSecurityCounters(postgres::Database& database, const Clock& clock) : database_(database), clock_(clock) {}

    Task<Result<>> consume(const CounterKey& key, const Rates& rates, Deadline deadline) override
    {
        // Whoever is over the limit is refused here, without a place among the writes.
        const auto known = co_await read(key, deadline);
        const auto decision = gcra::take(known, rates, now());
        if (decision.refused() && decision.after == known) {
            co_return decision.outcome();
        }
        postgres::Flight flight;
        count(flight, "SELECT watchword_consume($1::bytea, $2::bigint, $3::text::bigint[], $4::text::bigint[])", key,
              rates, now());
        const auto answers = co_await database_.write(std::move(flight), deadline);
        co_return gcra::Decision{gcra::nanoseconds(answers.front().front().integer(0)), {}}.outcome();
    }

    Task<> give_back(const CounterKey& key, const Rates& rates, Deadline deadline) override
    {
        postgres::Flight flight;
        count(flight, "SELECT watchword_give_back($1::bytea, $2::bigint, $3::text::bigint[], $4::text::bigint[])", key,
              rates, now());
        co_await database_.write(std::move(flight), deadline);
    }

    Task<> sweep(Deadline deadline) override
    {
        auto forgotten = sweep_rows_max;
        while (forgotten == sweep_rows_max) {
            postgres::Flight flight;
            flight.add("DELETE FROM security_counters WHERE (key, rate) IN (SELECT key, rate FROM security_counters "
                       "WHERE tat <= $1::bigint LIMIT $2::bigint FOR UPDATE SKIP LOCKED) RETURNING 1",
                       std::int64_t{now().count()}, sweep_rows_max);
            const auto answers = co_await database_.write(std::move(flight), deadline);
            forgotten = std::ssize(answers.front());
        }
    }

private:
    gcra::nanoseconds now() const { return clock_.now().time_since_epoch(); }

    Task<gcra::FullAgain> read(const CounterKey& key, Deadline deadline)
    {
        const auto rows = co_await database_.read(
            "SELECT rate, tat FROM security_counters WHERE key = $1::bytea AND rate < $2::bigint", deadline,
            postgres::as_blob(key.bytes()), std::int64_t{Rates::size_max});
        gcra::FullAgain known{};
        for (const auto& row : rows) {
            known.at(static_cast<std::size_t>(row.integer(0))) = gcra::nanoseconds(row.integer(1));
        }
        co_return known;
    }

    postgres::Database& database_;
    const Clock& clock_;
};

}

std::unique_ptr<SecurityCounters> make_pg_security_counters(postgres::Database& database, const Clock& clock)
{
    return std::make_unique<PgSecurityCounters>(database, clock);
}

}
