#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <expected>
#include <initializer_list>
#include <string>
#include <string_view>
#include <vector>

namespace watchword::rate_limits {

/// At most `count` at once, and `count` come back evenly over each `period`.
struct Rate {
    static constexpr std::int64_t count_max = 1'000'000'000;
    static constexpr std::chrono::hours period_max{10 * 12 * 30 * 24}; ///< 10 years; a sum of moments cannot overflow

    std::int64_t count;              ///< from 1 to count_max
    std::chrono::nanoseconds period; ///< whole seconds, from 1 s to period_max

    /// How long it takes until one more is allowed. Rounded up to whole nanoseconds: never more often than was set.
    constexpr std::chrono::nanoseconds interval() const
    {
        return std::chrono::nanoseconds((period.count() + count - 1) / count);
    }

    /// How long it takes until all of them are allowed again.
    constexpr std::chrono::nanoseconds window() const { return interval() * count; }

    bool operator==(const Rate&) const = default;
};

/// The limits that hold together, for example 10 per minute and 100 per hour: a request must be within each.
///
/// In any stretch of time a rate lets at most `count` + stretch ÷ interval pass, so just under twice `count` in one
/// period that begins after a quiet one. Whoever must promise a ceiling for every period asks for half of it.
class Rates {
public:
    static constexpr std::size_t size_max = 6; ///< one for each unit of time

    /// Throws std::invalid_argument when a number is out of its bounds or there are none or too many. Of two rates of
    /// one period the smaller is kept.
    Rates(std::initializer_list<Rate> rates);

    /// Reads the grammar of Python's `limits`, which slowapi uses: `10/minute`, `10 per minute`, `5/2 minutes`, several
    /// separated by `;`, `,` or `|`; units are second, minute, hour, day, month (30 days) and year (12 months), also in
    /// the plural, in any case, without abbreviations. Numbers start at 1. The error says what was read and what is
    /// accepted.
    static std::expected<Rates, std::string> parse(std::string_view text);

    /// The same in the grammar of `parse`.
    std::string text() const;

    std::size_t size() const { return rates_.size(); }
    const Rate& operator[](std::size_t index) const { return rates_[index]; }
    auto begin() const { return rates_.begin(); }
    auto end() const { return rates_.end(); }

    bool operator==(const Rates&) const = default;

private:
    Rates() = default;

    /// Adds a rate, or says why it cannot be one.
    std::expected<void, std::string> add(const Rate& rate);

    std::vector<Rate> rates_; // no two of one period
};

}
