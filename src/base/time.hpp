#pragma once

#include <chrono>
#include <string>

namespace watchword {

/// A moment of the wall clock, in UTC, with the precision that the database and the answers have.
using Instant = std::chrono::sys_time<std::chrono::microseconds>;

/// `2026-11-25T22:40:22.181424Z`: RFC 3339, always six digits of fraction.
std::string to_rfc3339(Instant instant);

/// `Wed, 25 Nov 2026 22:40:22 GMT`: the form of HTTP's `Date` (RFC 9110 §5.6.7).
std::string to_http_date(Instant instant);

/// `Wed, 25 Nov 2026 22:40:22 +0000`: the form of a mail's `Date` (RFC 5322 §3.3).
std::string to_mail_date(Instant instant);

/// Microseconds since 1970, the form in which SQLite keeps time.
constexpr long long to_microseconds(Instant instant)
{
    return instant.time_since_epoch().count();
}

constexpr Instant from_microseconds(long long microseconds)
{
    return Instant{std::chrono::microseconds{microseconds}};
}

/// Seconds until `later`, rounded up and at least 1: what a `Retry-After` says, so that waiting just that long is
/// enough.
std::chrono::seconds wait_until(Instant now, Instant later);

/// Where the time comes from. One is handed to everything that asks for it, so that tests can set it.
/// Called from every thread.
class Clock {
public:
    virtual ~Clock() = default;
    virtual Instant now() const = 0;
};

class SystemClock final : public Clock {
public:
    Instant now() const override;
};

}
