#include "base/time.hpp"

#include <algorithm>
#include <array>

#include <fmt/format.h>

namespace watchword {
namespace {

constexpr std::array weekdays{"Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"};
constexpr std::array months{"Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};

struct Calendar {
    std::chrono::year_month_day date;
    std::chrono::hh_mm_ss<std::chrono::microseconds> time;
    std::chrono::weekday weekday;

    explicit Calendar(Instant instant)
        : date(std::chrono::floor<std::chrono::days>(instant)),
          time(instant - std::chrono::floor<std::chrono::days>(instant)),
          weekday(std::chrono::floor<std::chrono::days>(instant))
    {
    }
};

std::string internet_date(Instant instant, std::string_view zone)
{
    const Calendar at(instant);
    return fmt::format("{}, {:02} {} {} {:02}:{:02}:{:02} {}", weekdays.at(at.weekday.c_encoding()),
                       static_cast<unsigned>(at.date.day()), months.at(static_cast<unsigned>(at.date.month()) - 1),
                       static_cast<int>(at.date.year()), at.time.hours().count(), at.time.minutes().count(),
                       at.time.seconds().count(), zone);
}

}

std::string to_rfc3339(Instant instant)
{
    const Calendar at(instant);
    return fmt::format("{:04}-{:02}-{:02}T{:02}:{:02}:{:02}.{:06}Z", static_cast<int>(at.date.year()),
                       static_cast<unsigned>(at.date.month()), static_cast<unsigned>(at.date.day()),
                       at.time.hours().count(), at.time.minutes().count(), at.time.seconds().count(),
                       at.time.subseconds().count());
}

std::string to_http_date(Instant instant)
{
    return internet_date(instant, "GMT");
}

std::string to_mail_date(Instant instant)
{
    return internet_date(instant, "+0000");
}

std::chrono::seconds wait_until(Instant now, Instant later)
{
    return std::max(std::chrono::ceil<std::chrono::seconds>(later - now), std::chrono::seconds{1});
}

Instant SystemClock::now() const
{
    return std::chrono::floor<std::chrono::microseconds>(std::chrono::system_clock::now());
}

}
