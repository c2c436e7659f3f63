#pragma once

#include "runtime/task.hpp"

#include <cstdint>
#include <memory>
#include <string>

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/ip/tcp.hpp>

namespace watchword::redis {

/// Finds the addresses of a host. The system's resolver blocks for as long as name servers are silent, so it works on
/// a thread of Asio's, and whoever waits can leave before it has answered.
class NameLookup {
public:
    explicit NameLookup(asio::any_io_executor executor) : executor_(std::move(executor)) {}

    /// The addresses of `host`; an address in digits is its own. Throws boost::system::system_error where there are
    /// none, or after `cancel`.
    Task<asio::ip::tcp::resolver::results_type> find(const std::string& host, std::uint16_t port);

    /// Ends a `find` at once.
    void cancel();

private:
    struct Question;

    asio::any_io_executor executor_;
    std::shared_ptr<Question> question_; // shared with the resolver, which may answer long after nobody waits
};

}
