#include "redis/name_lookup.hpp"

#include <utility>

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/system/system_error.hpp>

namespace watchword::redis {

using asio::ip::tcp;

struct NameLookup::Question {
    explicit Question(const asio::any_io_executor& executor)
        : resolver(executor), answered(executor, asio::steady_timer::time_point::max())
    {
    }

    tcp::resolver resolver;
    asio::steady_timer answered; // never expires; cancelled to wake the one who waits
    boost::system::error_code error = asio::error::operation_aborted;
    tcp::resolver::results_type addresses;
};

Task<tcp::resolver::results_type> NameLookup::find(const std::string& host, std::uint16_t port)
{
    boost::system::error_code is_name;
    const auto address = asio::ip::make_address(host, is_name);
    if (!is_name) {
        const auto service = std::to_string(port);
        co_return tcp::resolver::results_type::create(tcp::endpoint(address, port), host, service);
    }
    const auto question = std::make_shared<Question>(executor_);
    question_ = question;
    question->resolver.async_resolve(
        host, std::to_string(port),
        [question](const boost::system::error_code& error, tcp::resolver::results_type addresses) {
            question->error = error;
            question->addresses = std::move(addresses);
            question->answered.cancel();
        });
    co_await question->answered.async_wait(asio::as_tuple(asio::use_awaitable));
    if (question->error) {
        throw boost::system::system_error(question->error, "looking up " + host);
    }
    co_return question->addresses;
}

void NameLookup::cancel()
{
    if (question_) {
        question_->resolver.cancel();
        question_->answered.cancel();
    }
}

}
