#include "postgres/connecting.hpp"

#include "base/unavailable.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <deque>
#include <map>
#include <new>
#include <vector>

#include <fcntl.h>
#include <fmt/format.h>
#include <fmt/ranges.h>
#include <netdb.h>
#include <poll.h>
#include <sys/socket.h>

namespace watchword::postgres {
namespace {

using namespace std::chrono_literals;
using Steady = std::chrono::steady_clock;

constexpr auto patience_with_silence = 250ms;
constexpr std::size_t addresses_max = 32; // of all hosts together

/// One address of one host; what is empty is left to the URL and to libpq.
struct Address {
    std::string host;
    std::string digits;
    std::string port;
};

std::string server_options(const ConnectionOptions& options)
{
    const auto own = options.location.parameter("options");
    // PgBouncer refuses connections that set any.
    return options.prepares ? fmt::format("-c statement_timeout={} {}", options.statement_timeout.count(), own) : own;
}

/// libpq's messages go over several lines and end with one; none holds the password.
std::string one_line(const char* message)
{
    std::string text(message);
    std::ranges::replace_if(text, [](char c) { return c == '\n' || c == '\t'; }, ' ');
    text.erase(text.find_last_not_of(' ') + 1);
    return text;
}

std::chrono::seconds time_to_connect(const Location& location)
{
    const auto text = location.parameter("connect_timeout");
    int seconds = 0;
    std::from_chars(text.data(), text.data() + text.size(), seconds);
    return std::chrono::seconds{seconds > 0 ? std::min(seconds, 60) : 2};
}

/// Appends the addresses of a host, and returns why it has none. A black hole behind one of them must not hide the
/// next.
std::string append_addresses(const Host& host, std::vector<Address>& addresses)
{
    if (host.name.empty() || host.name.starts_with('/') || !host.address.empty()) {
        addresses.push_back({host.name, host.address, host.port});
        return "";
    }
    ::addrinfo wanted{};
    wanted.ai_socktype = SOCK_STREAM;
    ::addrinfo* found = nullptr;
    if (const int error = ::getaddrinfo(host.name.c_str(), nullptr, &wanted, &found); error != 0) {
        return fmt::format("{}: {}", host.name, ::gai_strerror(error));
    }
    const std::unique_ptr<::addrinfo, decltype(&::freeaddrinfo)> owned(found, ::freeaddrinfo);
    for (const auto* one = found; one && addresses.size() < addresses_max; one = one->ai_next) {
        std::array<char, NI_MAXHOST> digits{};
        if (::getnameinfo(one->ai_addr, one->ai_addrlen, digits.data(), digits.size(), nullptr, 0, NI_NUMERICHOST) ==
            0) {
            addresses.push_back({host.name, digits.data(), host.port});
        }
    }
    return "";
}

/// Asks several addresses side by side; the first that can be written to wins.
class Attempts {
public:
    explicit Attempts(const ConnectionOptions& options)
        : options_(options), server_options_(server_options(options)), patience_(time_to_connect(options.location))
    {
        std::vector<Address> addresses;
        for (const auto& host : options.location.hosts()) {
            if (auto reason = append_addresses(host, addresses); !reason.empty()) {
                reasons_[host.name] = std::move(reason);
            }
        }
        for (auto& address : addresses) {
            waiting_.push_back({std::move(address)});
        }
        end_ = Steady::now() + patience_;
    }

    /// Nothing when each has said no or nothing at all.
    Handle first()
    {
        while (start_what_is_due() || !under_way_.empty()) {
            wait_for_one();
            for (auto it = under_way_.begin(); it != under_way_.end();) {
                const auto state = advance(*it);
                if (state == PGRES_POLLING_OK) {
                    return std::move(it->handle);
                }
                it = state == PGRES_POLLING_FAILED ? under_way_.erase(it) : it + 1;
            }
        }
        return nullptr;
    }

    std::string reason() const
    {
        std::vector<std::string_view> all;
        all.reserve(reasons_.size());
        for (const auto& [address, reason] : reasons_) {
            all.push_back(reason);
        }
        return fmt::format("{}", fmt::join(all, "; "));
    }

private:
    struct Waiting {
        Address address;
        bool has_refused = false;
    };
    struct Attempt {
        Address address;
        Handle handle;
        Steady::time_point end;
        PostgresPollingStatusType wants = PGRES_POLLING_WRITING;
        bool is_ready = false;
    };

    bool may_start_one() const;
    bool start_what_is_due();
    void wait_for_one();
    PostgresPollingStatusType advance(Attempt& attempt);
    Handle start(const Address& address) const;

    const ConnectionOptions& options_;
    const std::string server_options_;
    const std::chrono::seconds patience_;
    std::deque<Waiting> waiting_;
    std::vector<Attempt> under_way_;
    std::map<std::string, std::string> reasons_; ///< by address, of those that have refused
    Steady::time_point next_start_;
    Steady::time_point end_; ///< after it nobody is asked again
};

/// Who has refused is asked again only as long as another one keeps silent.
bool Attempts::may_start_one() const
{
    return !waiting_.empty() && (!waiting_.front().has_refused || (!under_way_.empty() && Steady::now() < end_));
}

/// Whether there was anything to start.
bool Attempts::start_what_is_due()
{
    const auto now = Steady::now();
    if (!may_start_one() || (!under_way_.empty() && now < next_start_)) {
        return false;
    }
    auto address = std::move(waiting_.front().address);
    waiting_.pop_front();
    auto handle = start(address);
    under_way_.push_back({std::move(address), std::move(handle), now + patience_});
    next_start_ = now + patience_with_silence;
    return true;
}

Handle Attempts::start(const Address& address) const
{
    // What stands behind the URL wins over it, and libpq's defaults stand before it; what is empty is not said.
    const std::array<const char*, 13> names{"target_session_attrs",
                                            "tcp_user_timeout",
                                            "keepalives_idle",
                                            "keepalives_interval",
                                            "keepalives_count",
                                            "application_name",
                                            "dbname",
                                            "host",
                                            "hostaddr",
                                            "port",
                                            "client_encoding",
                                            "options",
                                            nullptr};
    const std::array<const char*, 13> values{"read-write",
                                             "5000",
                                             "10",
                                             "5",
                                             "3",
                                             "watchword",
                                             options_.location.url().reveal().c_str(),
                                             address.host.c_str(),
                                             address.digits.c_str(),
                                             address.port.c_str(),
                                             "UTF8",
                                             server_options_.c_str(),
                                             nullptr};
    Handle handle(PQconnectStartParams(names.data(), values.data(), 1));
    if (!handle) {
        throw std::bad_alloc();
    }
    // What PostgreSQL only remarks goes to standard error otherwise.
    PQsetNoticeProcessor(handle.get(), [](void*, const char*) {}, nullptr);
    return handle;
}

void Attempts::wait_for_one()
{
    auto until = may_start_one() ? next_start_ : Steady::time_point::max();
    std::vector<::pollfd> sockets;
    for (const auto& attempt : under_way_) {
        const int socket = PQsocket(attempt.handle.get()); // negative when it failed at once
        const short events = attempt.wants == PGRES_POLLING_READING ? POLLIN : POLLOUT;
        sockets.push_back({socket, events, 0});
        until = std::min(until, socket < 0 ? Steady::now() : attempt.end);
    }
    const auto left = std::chrono::ceil<std::chrono::milliseconds>(until - Steady::now());
    ::poll(sockets.data(), sockets.size(), static_cast<int>(std::max(left, 1ms).count()));
    for (std::size_t i = 0; i < sockets.size(); ++i) {
        under_way_[i].is_ready = sockets[i].revents != 0 || sockets[i].fd < 0;
    }
}

PostgresPollingStatusType Attempts::advance(Attempt& attempt)
{
    const auto& address = attempt.address;
    const auto key = fmt::format("{} {} {}", address.host, address.digits, address.port);
    if (attempt.is_ready) {
        attempt.wants = PQconnectPoll(attempt.handle.get());
        if (attempt.wants == PGRES_POLLING_FAILED) {
            reasons_[key] = one_line(PQerrorMessage(attempt.handle.get()));
            waiting_.push_back({address, true});
        }
    } else if (Steady::now() >= attempt.end) {
        reasons_[key] = fmt::format("{} ({}) keeps silent", address.host, address.digits);
        attempt.wants = PGRES_POLLING_FAILED;
    }
    return attempt.wants;
}

}

Handle connect(const ConnectionOptions& options)
{
    Attempts attempts(options);
    if (auto handle = attempts.first()) {
        return handle;
    }
    const auto reason = attempts.reason();
    const bool is_pooler = reason.find("unsupported startup parameter") != std::string::npos;
    throw Unavailable(fmt::format("cannot connect to PostgreSQL at {}: {}{}", options.location.description(), reason,
                                  is_pooler ? "; a pooler in transaction mode needs DATABASE_PREPARED_STATEMENTS=off "
                                              "and DATABASE_LISTEN_URL"
                                            : ""));
}

int duplicate_socket(const PGconn* connection)
{
    const int duplicate = ::fcntl(PQsocket(connection), F_DUPFD_CLOEXEC, 0);
    if (duplicate < 0) {
        throw Unavailable("no descriptor is left for a connection to PostgreSQL");
    }
    return duplicate;
}

}
