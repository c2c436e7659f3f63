#pragma once

#include "app/settings_declaration.hpp"
#include "app/settings_values.hpp"

#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

#include <fmt/format.h>

/// The kinds of values that the tables of settings_of_*.cpp are made of. For those files alone.
namespace watchword::reader {

/// A group whose settings all land in one area.
template <class Area>
SettingGroup group(std::string_view title, Area Settings::* area, std::vector<SettingOf<Area>> declarations)
{
    SettingGroup group{title, {}};
    for (auto& setting : declarations) {
        auto read = [area, inner = std::move(setting.reader.read)](Settings& settings, std::string_view text) {
            return inner(settings.*area, text);
        };
        group.settings.push_back({setting.name,
                                  {setting.reader.accepted, setting.reader.unit, std::move(read), setting.reader.show},
                                  setting.fallback,
                                  setting.meaning,
                                  setting.reason});
    }
    return group;
}

/// Anything that a function of settings_values.hpp reads.
template <class Area, class Member, class Value>
Reader<Area> parsed(Member Area::* member, Parsed<Value> (*parse)(std::string_view), std::string_view accepted)
{
    const auto read = [member, parse](Area& area, std::string_view text) -> Parsed<void> {
        auto value = parse(text);
        if (!value) {
            return std::unexpected(std::move(value.error()));
        }
        area.*member = std::move(*value);
        return {};
    };
    return {std::string(accepted), {}, read};
}

/// The same, never shown.
template <class Area>
Reader<Area> secret(SecretText Area::* member, Parsed<SecretText> (*parse)(std::string_view), std::string_view accepted)
{
    auto reader = parsed(member, parse, accepted);
    reader.show = shown_as_secret;
    return reader;
}

/// The same, shown without the part that may hold a password.
template <class Area, class Member, class Value>
Reader<Area> url(Member Area::* member, Parsed<Value> (*parse)(std::string_view), std::string_view accepted)
{
    auto reader = parsed(member, parse, accepted);
    reader.show = shown_as_url;
    return reader;
}

/// The name of a server, which people take for its URL now and then.
template <class Area>
Reader<Area> host(std::string Area::* member, Parsed<std::string> (*parse)(std::string_view))
{
    auto reader = parsed(member, parse, "a host name or an IP address");
    reader.show = shown_as_host;
    return reader;
}

template <class Area>
Reader<Area> line(std::string Area::* member)
{
    return parsed(member, parse_line, "text on one line");
}

template <class Area, class Flag>
Reader<Area> flag(Flag Area::* member)
{
    return parsed(member, parse_flag, "`true` or `false`, `on` or `off`");
}

template <class Area>
Reader<Area> rates(std::string Area::* member)
{
    return parsed(member, parse_rates, "limits such as `10/minute` or `10/minute; 100/hour`");
}

struct Bounds {
    std::int64_t least, most;
};

/// A whole number within bounds; `convert` makes of it what the member holds.
template <class Area, class Member, class Convert>
Reader<Area> bounded(Member Area::* member, Bounds bounds, std::string_view unit, Convert convert)
{
    const auto read = [member, bounds, convert](Area& area, std::string_view text) -> Parsed<void> {
        const auto number = parse_whole_number(text);
        if (!number || *number < bounds.least || *number > bounds.most) {
            return std::unexpected("");
        }
        area.*member = convert(*number);
        return {};
    };
    return {fmt::format("a whole number from {} to {}", bounds.least, bounds.most), unit, read};
}

template <class Area, class Number>
Reader<Area> number(Number Area::* member, Bounds bounds, std::string_view unit)
{
    return bounded(member, bounds, unit, [](std::int64_t value) { return static_cast<Number>(value); });
}

template <class Period>
constexpr std::string_view name_of_period = "";
template <>
inline constexpr std::string_view name_of_period<std::milli> = "milliseconds";
template <>
inline constexpr std::string_view name_of_period<std::chrono::seconds::period> = "seconds";
template <>
inline constexpr std::string_view name_of_period<std::chrono::minutes::period> = "minutes";
template <>
inline constexpr std::string_view name_of_period<std::chrono::days::period> = "days";

/// A time in the unit of the member.
template <class Area, class Count, class Period>
Reader<Area> duration(std::chrono::duration<Count, Period> Area::* member, Bounds bounds)
{
    return bounded(member, bounds, name_of_period<Period>,
                   [](std::int64_t value) { return std::chrono::duration<Count, Period>(value); });
}

template <class Value>
using Choices = std::vector<std::pair<std::string_view, Value>>;

/// One of a few words, in any case.
template <class Area, class Value>
Reader<Area> choice(Value Area::* member, Choices<std::type_identity_t<Value>> choices)
{
    std::string accepted;
    for (std::size_t i = 0; i < choices.size(); ++i) {
        accepted += fmt::format("{}`{}`", i == 0 ? "" : i + 1 == choices.size() ? " or " : ", ", choices[i].first);
    }
    const auto read = [member, choices = std::move(choices)](Area& area, std::string_view text) -> Parsed<void> {
        for (const auto& [word, value] : choices) {
            if (lower_case(trimmed(text)) == lower_case(word)) {
                area.*member = value;
                return {};
            }
        }
        return std::unexpected("");
    };
    return {std::move(accepted), {}, read};
}

/// A number of threads; 0 stands for one per core.
template <class Area>
Reader<Area> threads(std::size_t Area::* member)
{
    return bounded(member, {0, 1024}, "threads", [](std::int64_t value) { return threads_or_cores(value); });
}

/// A setting of what this build does not have: every value stops the start, with a text that says what to do instead.
template <class Area>
Reader<Area> not_in_this_build(std::string_view instead, std::string (*show)(std::string_view) = shown_whole)
{
    const auto read = [instead](Area&, std::string_view) -> Parsed<void> {
        return std::unexpected(std::string(instead));
    };
    return {"no value in this release", {}, read, show};
}

}
