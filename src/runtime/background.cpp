#include "runtime/background.hpp"

#include <boost/asio/co_spawn.hpp>

namespace watchword {

Background::Background(IoThreads& threads) : threads_(threads)
{
    groups_.reserve(threads.count());
    for (std::size_t i = 0; i < threads.count(); ++i) {
        groups_.emplace_back(threads.context(i).get_executor());
    }
}

void Background::spawn(std::string_view name, Task<> task)
{
    groups_[IoThreads::current()].spawn(name, std::move(task));
}

Task<> Background::wait()
{
    for (std::size_t i = 0; i < groups_.size(); ++i) {
        co_await asio::co_spawn(threads_.context(i), groups_[i].wait(), asio::use_awaitable);
    }
}

}
