#include "postgres/connection.hpp"

#include "base/unavailable.hpp"
#include "postgres/failure.hpp"

#include <utility>

#include <fmt/format.h>

namespace watchword::postgres {
namespace {

// The statements of this program are some dozens; those of maintenance come and go.
constexpr std::size_t prepared_max = 500;

}

void Request::tell(std::exception_ptr thrown, std::vector<Rows> answers)
{
    if (auto told = std::exchange(done, nullptr)) {
        told(std::move(thrown), std::move(answers));
    }
}

Connection::Connection(Handle handle, bool prepares) : handle_(std::move(handle)), prepares_(prepares)
{
    if (PQsetnonblocking(handle_.get(), 1) != 0 || PQenterPipelineMode(handle_.get()) != 1) {
        throw Unavailable("PostgreSQL's connection cannot be used");
    }
}

void Connection::send(std::shared_ptr<Request> request)
{
    send(std::move(request), false);
}

void Connection::send(std::shared_ptr<Request> request, bool is_second_time)
{
    flights_.push_back({.request = std::move(request), .is_second_time = is_second_time});
    auto& flight = flights_.back();
    for (const auto& statement : flight.request->flight.statements()) {
        send_statement(statement, flight);
    }
    if (PQpipelineSync(handle_.get()) != 1) {
        give_up("the connection to PostgreSQL takes nothing more");
    }
}

void Connection::send_statement(const Statement& statement, InFlight& flight)
{
    std::vector<const char*> values;
    std::vector<int> lengths;
    std::vector<int> formats;
    for (const auto& parameter : statement.parameters) {
        values.push_back(parameter.value ? parameter.value->c_str() : nullptr);
        lengths.push_back(parameter.value ? static_cast<int>(parameter.value->size()) : 0);
        formats.push_back(parameter.is_binary ? 1 : 0);
    }
    const int count = static_cast<int>(values.size());
    auto name = prepared_.find(statement.sql);
    if (name == prepared_.end() && prepares_ && prepared_.size() < prepared_max) {
        name = prepared_.emplace(statement.sql, fmt::format("w{}", ++names_)).first;
        PQsendPrepare(handle_.get(), name->second.c_str(), statement.sql.c_str(), 0, nullptr);
        flight.steps.push_back({Step::Kind::Prepare, statement.sql, name->second});
    }
    constexpr int binary = 1;
    flight.steps.push_back({Step::Kind::Run, statement.sql, name != prepared_.end() ? name->second : ""});
    if (name != prepared_.end()) {
        PQsendQueryPrepared(handle_.get(), name->second.c_str(), count, values.data(), lengths.data(), formats.data(),
                            binary);
    } else {
        PQsendQueryParams(handle_.get(), statement.sql.c_str(), count, nullptr, values.data(), lengths.data(),
                          formats.data(), binary);
    }
}

bool Connection::flush()
{
    const int left = PQflush(handle_.get());
    if (left < 0) {
        give_up("the connection to PostgreSQL was lost");
    }
    return left > 0;
}

void Connection::receive()
{
    if (PQconsumeInput(handle_.get()) != 1) {
        give_up("the connection to PostgreSQL was lost");
    }
    // Between the results of two statements libpq gives null; so it does for ever once the connection is broken.
    while (end_.empty() && !flights_.empty() && PQisBusy(handle_.get()) == 0) {
        std::shared_ptr<const PGresult> result(PQgetResult(handle_.get()),
                                               [](const PGresult* owned) { PQclear(const_cast<PGresult*>(owned)); });
        if (result) {
            take(std::move(result));
        } else if (PQstatus(handle_.get()) != CONNECTION_OK) {
            give_up("the connection to PostgreSQL was lost");
        }
    }
    // A pooler may hand on what the connection's former user has listened to.
    while (auto* const notice = PQnotifies(handle_.get())) {
        PQfreemem(notice);
    }
    if (end_.empty() && PQstatus(handle_.get()) != CONNECTION_OK) {
        give_up("the connection to PostgreSQL was lost");
    }
}

void Connection::take(std::shared_ptr<const PGresult> result)
{
    auto& flight = flights_.front();
    const auto status = PQresultStatus(result.get());
    if (status == PGRES_PIPELINE_SYNC) {
        const auto answered = std::move(flight);
        flights_.pop_front();
        if (answered.wants_second_time && answered.request->done) {
            send(answered.request, true);
        } else {
            answered.request->tell(answered.failure, answered.answers);
        }
        return;
    }
    if (flight.steps.empty()) {
        give_up("PostgreSQL answers what nobody has asked");
        return;
    }
    const auto step = std::move(flight.steps.front());
    flight.steps.pop_front();
    const bool is_success = status == PGRES_TUPLES_OK || status == PGRES_COMMAND_OK;
    if (is_success && step.kind == Step::Kind::Run) {
        flight.answers.push_back(rows_of(result));
    }
    if (!is_success && step.kind == Step::Kind::Prepare) {
        forget(step);
    }
    if (status == PGRES_FATAL_ERROR) {
        take_failure(result.get(), step);
    }
}

void Connection::take_failure(const PGresult* result, const Step& step)
{
    auto& flight = flights_.front();
    flight.failure = failure_of(result);
    if (tells_to_prepare(result) && step.kind == Step::Kind::Run && !step.name.empty()) {
        forget(step);
        flight.wants_second_time = !flight.is_second_time;
    }
    if (tells_to_leave(result)) {
        const auto failure = flight.failure;
        flight.request->tell(failure);
        server_leaves_ = true;
        give_up("PostgreSQL stops or takes no writes");
    }
}

/// Unless the statement has meanwhile got another name.
void Connection::forget(const Step& step)
{
    const auto found = prepared_.find(step.sql);
    if (found != prepared_.end() && found->second == step.name) {
        prepared_.erase(found);
    }
}

void Connection::give_up(std::string reason)
{
    if (!end_.empty()) {
        return;
    }
    end_ = std::move(reason);
    for (auto& flight : std::exchange(flights_, {})) {
        flight.request->tell(std::make_exception_ptr(Unavailable(end_)));
    }
}

void Connection::expire()
{
    for (auto& flight : flights_) {
        if (flight.request->deadline.expired()) {
            flight.request->tell(std::make_exception_ptr(Unavailable("PostgreSQL has not answered in time")));
        }
    }
}

}
