#include "postgres/value.hpp"

#include "base/utf8.hpp"

#include <array>
#include <charconv>
#include <stdexcept>

#include <fmt/format.h>

namespace watchword::postgres {
namespace {

[[noreturn]] void misread(std::size_t column, const char* type)
{
    throw std::logic_error(fmt::format("column {} of the answer is no {}", column, type));
}

/// Reads digits from the front of `text`, and the one character behind them.
int number_from(std::string_view& text)
{
    int number = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
    if (error != std::errc{}) {
        throw std::logic_error("a time of the answer cannot be read");
    }
    text.remove_prefix(static_cast<std::size_t>(end - text.data()));
    if (!text.empty() && !text.starts_with('+')) {
        text.remove_prefix(1);
    }
    return number;
}

/// `2026-11-25 22:40:22.1814+00`, the ISO form in UTC, which each connection asks for.
Instant instant_from(std::string_view text)
{
    using namespace std::chrono;
    std::array<int, 6> parts{};
    for (auto& part : parts) {
        part = number_from(text);
    }
    std::string fraction(text.substr(0, text.find('+')));
    fraction.resize(6, '0');
    std::string_view digits = fraction;
    const auto day = sys_days{year{parts[0]} / parts[1] / parts[2]};
    return day + hours{parts[3]} + minutes{parts[4]} + seconds{parts[5]} + microseconds{number_from(digits)};
}

std::string hex_of(std::string_view bytes)
{
    constexpr std::string_view digits = "0123456789abcdef";
    std::string text = "\\x";
    text.reserve(2 + 2 * bytes.size());
    for (const char character : bytes) {
        const auto byte = static_cast<unsigned char>(character);
        text += digits[byte >> 4];
        text += digits[byte & 15];
    }
    return text;
}

}

std::string storable_text(std::string_view text)
{
    const bool whole = utf8::valid(text);
    std::string storable;
    for (const char character : text) {
        const bool kept = character != '\0' && (whole || static_cast<unsigned char>(character) < 0x80);
        storable += kept ? character : '?';
    }
    return storable;
}

Parameter to_parameter(std::string_view text)
{
    return std::string(text);
}

Parameter to_parameter(const Blob& blob)
{
    return hex_of({reinterpret_cast<const char*>(blob.data()), blob.size()});
}

Parameter to_parameter(BytesView blob)
{
    return hex_of(blob.bytes);
}

Parameter to_parameter(Instant instant)
{
    return to_rfc3339(instant);
}

bool Row::is_null(std::size_t column) const
{
    return !values_.at(column);
}

const std::string& Row::text(std::size_t column) const
{
    const auto& value = values_.at(column);
    if (!value) {
        misread(column, "text");
    }
    return *value;
}

std::int64_t Row::integer(std::size_t column) const
{
    const auto& value = text(column);
    std::int64_t number = 0;
    const auto [end, error] = std::from_chars(value.data(), value.data() + value.size(), number);
    if (error != std::errc{} || end != value.data() + value.size()) {
        misread(column, "integer");
    }
    return number;
}

Blob Row::blob(std::size_t column) const
{
    const auto& value = text(column);
    if (!value.starts_with("\\x") || value.size() % 2 != 0) {
        misread(column, "bytea");
    }
    Blob bytes(value.size() / 2 - 1);
    for (std::size_t i = 0; i < bytes.size(); ++i) {
        const char* digits = value.data() + 2 + 2 * i;
        if (std::from_chars(digits, digits + 2, bytes[i], 16).ptr != digits + 2) {
            misread(column, "bytea");
        }
    }
    return bytes;
}

Instant Row::instant(std::size_t column) const
{
    return instant_from(text(column));
}

std::optional<std::int64_t> Row::optional_integer(std::size_t column) const
{
    return is_null(column) ? std::nullopt : std::optional(integer(column));
}

std::optional<std::string> Row::optional_text(std::size_t column) const
{
    return values_.at(column);
}

std::optional<Instant> Row::optional_instant(std::size_t column) const
{
    return is_null(column) ? std::nullopt : std::optional(instant(column));
}

}
