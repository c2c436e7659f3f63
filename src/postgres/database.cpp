#include "postgres/database.hpp"

#include "base/unavailable.hpp"

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/post.hpp>

namespace watchword::postgres {

/// One of the places for connections, for as long as a task uses it.
class Database::Place {
public:
    explicit Place(Database& database) : database_(database) {}
    ~Place() { database_.leave_place(); }

    Place(const Place&) = delete;
    Place& operator=(const Place&) = delete;

private:
    Database& database_;
};

Task<Rows> Database::first_of(Statement statement, Deadline deadline)
{
    std::vector<Statement> statements;
    statements.push_back(std::move(statement));
    auto answers = co_await run(std::move(statements), deadline);
    co_return std::move(answers.front());
}

Task<std::vector<Rows>> Database::write(Flight flight, Deadline deadline)
{
    return run(flight.take(), deadline);
}

Task<std::vector<Rows>> Database::run(std::vector<Statement> statements, Deadline deadline)
{
    co_await take_place(deadline);
    const Place place(*this);
    auto open = take_idle();
    if (!open) {
        open =
            std::make_unique<Open>(co_await Connection::open(options_.url, deadline), std::chrono::steady_clock::now());
    }
    std::exception_ptr thrown;
    std::vector<Rows> answers;
    try {
        answers = co_await open->connection->run(std::move(statements), deadline);
    } catch (...) {
        thrown = std::current_exception();
    }
    if (open->connection->usable()) {
        const std::lock_guard lock(mutex_);
        idle_.push_back(std::move(open));
    }
    if (thrown) {
        std::rethrow_exception(thrown);
    }
    co_return answers;
}

Task<> Database::take_place(Deadline deadline)
{
    std::shared_ptr<Waiter> waiter;
    const auto executor = co_await asio::this_coro::executor;
    {
        const std::lock_guard lock(mutex_);
        if (in_use_ < options_.connections_max) {
            ++in_use_;
            co_return;
        }
        const auto until = deadline.within(options_.longest_wait).at();
        waiter = std::make_shared<Waiter>(asio::steady_timer(executor, until));
        waiting_.push_back(waiter);
    }
    co_await waiter->timer.async_wait(asio::as_tuple(asio::use_awaitable));
    const std::lock_guard lock(mutex_);
    if (!waiter->may_go) {
        std::erase(waiting_, waiter);
        throw Unavailable("all connections to PostgreSQL were in use for too long");
    }
}

void Database::leave_place()
{
    const std::lock_guard lock(mutex_);
    if (waiting_.empty()) {
        --in_use_;
        return;
    }
    // The place goes on to who has waited longest; its timer belongs to its own thread.
    const auto waiter = std::move(waiting_.front());
    waiting_.pop_front();
    waiter->may_go = true;
    asio::post(waiter->timer.get_executor(), [waiter] { waiter->timer.cancel(); });
}

std::unique_ptr<Database::Open> Database::take_idle()
{
    const auto now = std::chrono::steady_clock::now();
    while (true) {
        std::unique_ptr<Open> open;
        {
            const std::lock_guard lock(mutex_);
            if (idle_.empty()) {
                return nullptr;
            }
            open = std::move(idle_.back());
            idle_.pop_back();
        }
        const bool old = options_.recycle_after.count() > 0 && now - open->since > options_.recycle_after;
        if (!old && open->connection->usable()) {
            return open;
        }
    }
}

}
