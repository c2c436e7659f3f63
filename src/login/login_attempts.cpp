#include "login/login_attempts.hpp"

namespace watchword::login {
namespace {

constexpr std::chrono::days known_for{30};

}

LoginAttempts::LoginAttempts(rate_limits::SecurityCounters& counters, KnownClients& known_clients,
                             const crypto::Keys& keys, const Clock& clock, rate_limits::Rates failures)
    : counters_(counters),
      known_clients_(known_clients),
      key_(crypto::Digest::sha256, keys.derive("login attempts 1").reveal()),
      clock_(clock),
      failures_(std::move(failures))
{
}

Task<Result<LoginAttempts::Reservation>> LoginAttempts::reserve(const accounts::EmailAddress& email,
                                                                const sessions::Client& client, Deadline deadline)
{
    const std::string address = mac("address\n" + email.canonical);
    const std::string network = mac("client\n" + client.network);
    const bool known = co_await known_clients_.is_known(address, network, clock_.now() - known_for, deadline);
    const std::string counted = known ? address + network : address;
    const rate_limits::CounterKey counter(mac("counter\n" + counted));
    const auto consumed = co_await counters_.consume(counter, failures_, deadline);
    if (!consumed) {
        co_return std::unexpected(consumed.error());
    }
    co_return Reservation{address, network, counter};
}

Task<> LoginAttempts::succeed(const Reservation& reservation, Deadline deadline)
{
    co_await give_back(reservation, deadline);
    co_await known_clients_.remember(reservation.address, reservation.client, clock_.now(), deadline);
}

Task<> LoginAttempts::give_back(const Reservation& reservation, Deadline deadline)
{
    co_await counters_.give_back(reservation.counter, failures_, deadline);
}

std::string LoginAttempts::mac(std::string_view text) const
{
    return std::string(key_.mac(text).text());
}

}
