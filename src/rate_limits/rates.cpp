#include "rate_limits/rates.hpp"

#include <algorithm>
#include <array>
#include <optional>
#include <stdexcept>

#include <fmt/format.h>

namespace watchword::rate_limits {
namespace {

using namespace std::chrono_literals;

struct Unit {
    std::string_view name;
    std::int64_t seconds;
};

constexpr std::array units{
    Unit{"second", 1},
    Unit{"minute", 60},
    Unit{"hour", 3'600},
    Unit{"day", 24 * 3600},
    Unit{"month", 30 * 24 * 3600},
    Unit{"year", 12 * 30 * 24 * 3600},
};

constexpr std::int64_t number_max = 10 * Rate::count_max; // times the longest unit still fits
constexpr std::string_view blanks = " \t\r\n\f\v";

bool is_digit(char character)
{
    return character >= '0' && character <= '9';
}

char lower(char character)
{
    return character >= 'A' && character <= 'Z' ? static_cast<char>(character - 'A' + 'a') : character;
}

bool is_letter(char character)
{
    return lower(character) >= 'a' && lower(character) <= 'z';
}

const Unit* find_unit(std::string_view name)
{
    const auto is_named = [&](const Unit& unit) {
        return name == unit.name || (name.starts_with(unit.name) && name.substr(unit.name.size()) == "s");
    };
    const auto* const unit = std::ranges::find_if(units, is_named);
    return unit == units.end() ? nullptr : unit;
}

/// Reads one limit from left to right.
class Reader {
public:
    explicit Reader(std::string_view text) : rest_(text) {}

    void skip_blanks() { rest_.remove_prefix(std::min(rest_.find_first_not_of(blanks), rest_.size())); }

    /// The number that stands here, capped where it is beyond every bound; nothing where there is none.
    std::optional<std::int64_t> number()
    {
        if (rest_.empty() || !is_digit(rest_.front())) {
            return std::nullopt;
        }
        std::int64_t value = 0;
        for (; !rest_.empty() && is_digit(rest_.front()); rest_.remove_prefix(1)) {
            value = std::min(value * 10 + (rest_.front() - '0'), number_max);
        }
        return value;
    }

    bool skip(std::string_view word)
    {
        const bool found =
            rest_.size() >= word.size() && std::ranges::equal(rest_.substr(0, word.size()), word, {}, lower);
        rest_.remove_prefix(found ? word.size() : 0);
        return found;
    }

    std::string word()
    {
        std::string letters;
        for (; !rest_.empty() && is_letter(rest_.front()); rest_.remove_prefix(1)) {
            letters += lower(rest_.front());
        }
        return letters;
    }

    bool at_end() const { return rest_.empty(); }

private:
    std::string_view rest_;
};

std::expected<Rate, std::string> read_rate(std::string_view text)
{
    Reader reader(text);
    reader.skip_blanks();
    const auto count = reader.number();
    if (!count) {
        return std::unexpected("it does not begin with a number");
    }
    reader.skip_blanks();
    if (!reader.skip("/") && !reader.skip("per")) {
        return std::unexpected("neither \"/\" nor \"per\" follows the number");
    }
    reader.skip_blanks();
    const auto multiple = reader.number().value_or(1);
    reader.skip_blanks();
    const auto name = reader.word();
    reader.skip_blanks();
    const auto* const unit = find_unit(name);
    if (!unit) {
        return std::unexpected(name.empty() ? "it names no unit of time"
                                            : fmt::format("\"{}\" is no unit of time", name));
    }
    if (!reader.at_end()) {
        return std::unexpected("something follows the unit of time");
    }
    return Rate{*count, std::min(std::chrono::seconds(multiple * unit->seconds), Rate::period_max + 1s)};
}

}

Rates::Rates(std::initializer_list<Rate> rates)
{
    for (const auto& rate : rates) {
        if (const auto added = add(rate); !added) {
            throw std::invalid_argument("a rate: " + added.error());
        }
    }
    if (rates_.empty()) {
        throw std::invalid_argument("no rate at all");
    }
}

std::expected<void, std::string> Rates::add(const Rate& rate)
{
    if (rate.count < 1 || rate.count > Rate::count_max) {
        return std::unexpected(fmt::format("the count must be from 1 to {}", Rate::count_max));
    }
    if (rate.period < 1s || rate.period > Rate::period_max || rate.period % 1s != 0s) {
        return std::unexpected("the time must be from 1 second to 10 years");
    }
    if (const auto same = std::ranges::find(rates_, rate.period, &Rate::period); same != rates_.end()) {
        same->count = std::min(same->count, rate.count);
        return {};
    }
    if (rates_.size() == size_max) {
        return std::unexpected(fmt::format("at most {} limits hold together", size_max));
    }
    rates_.push_back(rate);
    return {};
}

std::expected<Rates, std::string> Rates::parse(std::string_view text)
{
    Rates rates;
    for (std::size_t begin = 0; begin <= text.size();) {
        const auto end = std::min(text.find_first_of(";,|", begin), text.size());
        const auto item = text.substr(begin, end - begin);
        const auto rate = read_rate(item);
        const auto added = rate ? rates.add(*rate) : std::unexpected(rate.error());
        if (!added) {
            return std::unexpected(fmt::format(
                "cannot take \"{}\" for a limit: {}. Accepted is for example \"10/minute\", \"5 per 2 hours\" or "
                "several "
                "as \"10/minute; 100/hour\"; units are second, minute, hour, day, month and year, not abbreviated",
                item, added.error()));
        }
        begin = end + 1;
    }
    return rates;
}

std::string Rates::text() const
{
    std::string text;
    for (const auto& rate : rates_) {
        const auto seconds = std::chrono::duration_cast<std::chrono::seconds>(rate.period).count();
        auto unit = units.rbegin();
        while (seconds % unit->seconds != 0) {
            ++unit;
        }
        const auto multiple = seconds / unit->seconds;
        text += text.empty() ? "" : "; ";
        text += multiple == 1 ? fmt::format("{}/{}", rate.count, unit->name)
                              : fmt::format("{}/{} {}s", rate.count, multiple, unit->name);
    }
    return text;
}

}
