#include "app/settings_values.hpp"

#include "app/settings_published_keys.hpp"
#include "base/utf8.hpp"
#include "rate_limits/rates.hpp"

#include <algorithm>
#include <array>
#include <cerrno>
#include <charconv>
#include <system_error>
#include <thread>

#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

namespace watchword {
namespace {

constexpr std::size_t signing_key_bytes_min = 32;
constexpr std::size_t previous_key_bytes_min = 16;
constexpr std::size_t shown_bytes_max = 200;

bool is_digit(char character)
{
    return character >= '0' && character <= '9';
}

bool is_letter(char character)
{
    return (character >= 'a' && character <= 'z') || (character >= 'A' && character <= 'Z');
}

bool is_control_character(char character)
{
    return static_cast<unsigned char>(character) < 0x20 || character == 0x7F;
}

/// Takes a number of exactly `digits` digits and then `end` (NUL: nothing) off the front of `text`.
std::optional<unsigned> take_digits(std::string_view& text, std::size_t digits, char end = '\0')
{
    const std::size_t size = digits + (end == '\0' ? 0 : 1);
    if (text.size() < size || !std::ranges::all_of(text.substr(0, digits), is_digit) ||
        (end != '\0' && text[digits] != end)) {
        return std::nullopt;
    }
    unsigned number = 0;
    std::from_chars(text.data(), text.data() + digits, number);
    text.remove_prefix(size);
    return number;
}

/// The part of RFC 3339 behind the `T`: `22:40:22Z`, `22:40:22.5+01:00`. As a distance from midnight UTC.
std::optional<std::chrono::seconds> parse_time_of_day(std::string_view text)
{
    const auto hours = take_digits(text, 2, ':');
    const auto minutes = take_digits(text, 2, ':');
    const auto seconds = take_digits(text, 2);
    if (!hours || !minutes || !seconds || *hours > 23 || *minutes > 59 || *seconds > 60) {
        return std::nullopt;
    }
    if (text.starts_with('.')) {
        text.remove_prefix(std::min(text.find_first_not_of("0123456789", 1), text.size()));
    }
    const auto time = std::chrono::hours(*hours) + std::chrono::minutes(*minutes) + std::chrono::seconds(*seconds);
    if (text == "Z" || text == "z") {
        return time;
    }
    if (!text.starts_with('+') && !text.starts_with('-')) {
        return std::nullopt;
    }
    const int sign = text.starts_with('+') ? 1 : -1;
    text.remove_prefix(1);
    const auto offset_hours = take_digits(text, 2, ':');
    const auto offset_minutes = take_digits(text, 2);
    if (!offset_hours || !offset_minutes || *offset_hours > 23 || *offset_minutes > 59 || !text.empty()) {
        return std::nullopt;
    }
    return time - sign * (std::chrono::hours(*offset_hours) + std::chrono::minutes(*offset_minutes));
}

Parsed<SecretText> parse_key(std::string_view text, std::size_t bytes_min)
{
    if (is_published_key(text)) {
        return std::unexpected("It is a published sample, so anybody can sign tokens with it. Make another with "
                               "`openssl rand -hex 32`; tokens in circulation cannot be kept, people log in again");
    }
    if (text.size() < bytes_min) {
        return std::unexpected(fmt::format(
            "It has {} bytes, which can be found by trying. Make another with `openssl rand -hex 32`{}", text.size(),
            bytes_min == signing_key_bytes_min && text.size() >= previous_key_bytes_min
                ? "; put the old one into SECRET_KEY_PREVIOUS and tokens in circulation stay valid until "
                  "SECRET_KEY_PREVIOUS_UNTIL"
                : "; people with tokens in circulation log in again"));
    }
    return SecretText(std::string(text));
}

}

std::string_view trimmed(std::string_view text)
{
    constexpr std::string_view blanks = " \t\r\n\f\v";
    const auto start = std::min(text.find_first_not_of(blanks), text.size());
    return text.substr(start, text.find_last_not_of(blanks) + 1 - start);
}

std::string without_what_is_accepted(std::string_view error)
{
    return std::string(error.substr(0, error.find(". Accepted")));
}

std::string lower_case(std::string_view text)
{
    std::string result(text);
    std::ranges::transform(result, result.begin(), [](char character) {
        return character >= 'A' && character <= 'Z' ? static_cast<char>(character - 'A' + 'a') : character;
    });
    return result;
}

Parsed<std::int64_t> parse_whole_number(std::string_view text)
{
    text = trimmed(text);
    if (const auto point = text.find('.'); point != std::string_view::npos) {
        const auto fraction = text.substr(point + 1);
        if (fraction.empty() || fraction.find_first_not_of('0') != std::string_view::npos) {
            return std::unexpected("");
        }
        text = text.substr(0, point);
    }
    if (text.starts_with('+') && !text.starts_with("+-")) {
        text.remove_prefix(1);
    }
    std::string digits;
    for (std::size_t i = 0; i < text.size(); ++i) {
        const bool joins =
            text[i] == '_' && i > 0 && is_digit(text[i - 1]) && i + 1 < text.size() && is_digit(text[i + 1]);
        if (!joins) {
            digits.push_back(text[i]);
        }
    }
    std::int64_t number = 0;
    const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), number);
    if (error != std::errc{} || end != digits.data() + digits.size()) {
        return std::unexpected("");
    }
    return number;
}

std::size_t threads_or_cores(std::int64_t count)
{
    return count > 0 ? static_cast<std::size_t>(count) : std::max(std::thread::hardware_concurrency(), 1u);
}

Parsed<bool> parse_flag(std::string_view text)
{
    constexpr std::array yes{"true", "1", "yes", "on", "t", "y"};
    constexpr std::array no{"false", "0", "no", "off", "f", "n"};
    const std::string word = lower_case(trimmed(text));
    if (std::ranges::find(yes, word) != yes.end()) {
        return true;
    }
    if (std::ranges::find(no, word) != no.end()) {
        return false;
    }
    return std::unexpected("");
}

Parsed<std::string> parse_line(std::string_view text)
{
    if (std::ranges::any_of(text, is_control_character) || !utf8::valid(text)) {
        return std::unexpected("It holds a line break, another control character or bytes that are not UTF-8");
    }
    return std::string(text);
}

Parsed<std::filesystem::path> parse_path(std::string_view text)
{
    if (text.contains('\0')) {
        return std::unexpected("A path holds no NUL");
    }
    return std::filesystem::path(text);
}

Parsed<std::string> parse_path_prefix(std::string_view text)
{
    text = trimmed(text);
    const bool plain = std::ranges::all_of(text, [](char character) {
        return is_letter(character) || is_digit(character) || std::string_view("/-._~").contains(character);
    });
    if (!plain || !text.starts_with('/') || text.ends_with('/') || text.contains("//")) {
        return std::unexpected("");
    }
    return std::string(text);
}

Parsed<std::string> parse_rates(std::string_view text)
{
    if (const auto rates = rate_limits::Rates::parse(text); !rates) {
        return std::unexpected(without_what_is_accepted(rates.error()));
    }
    return std::string(text);
}

Parsed<SecretText> parse_secret(std::string_view text)
{
    return SecretText(std::string(text));
}

Parsed<SecretText> parse_signing_key(std::string_view text)
{
    return parse_key(text, signing_key_bytes_min);
}

Parsed<SecretText> parse_previous_key(std::string_view text)
{
    return parse_key(text, previous_key_bytes_min);
}

Parsed<Instant> parse_instant(std::string_view text)
{
    text = trimmed(text);
    const auto year = take_digits(text, 4, '-');
    const auto month = take_digits(text, 2, '-');
    const auto day = take_digits(text, 2);
    if (!year || !month || !day) {
        return std::unexpected("");
    }
    const std::chrono::year_month_day date{std::chrono::year(static_cast<int>(*year)), std::chrono::month(*month),
                                           std::chrono::day(*day)};
    if (!date.ok()) {
        return std::unexpected("There is no such day");
    }
    if (text.empty()) {
        return Instant(std::chrono::sys_days(date));
    }
    const auto time = std::string_view("Tt ").contains(text.front()) ? parse_time_of_day(text.substr(1)) : std::nullopt;
    if (!time) {
        return std::unexpected("");
    }
    return Instant(std::chrono::sys_days(date) + *time);
}

Parsed<std::string> parse_readable_file(std::string_view text)
{
    const auto path = parse_path(text);
    if (!path) {
        return std::unexpected(path.error());
    }
    const int file = ::open(path->c_str(), O_RDONLY | O_CLOEXEC);
    if (file < 0) {
        return std::unexpected(std::generic_category().message(errno));
    }
    ::close(file);
    return std::string(text);
}

Parsed<std::optional<std::filesystem::path>> parse_log_file(std::string_view text)
{
    if (lower_case(trimmed(text)) == "off") {
        return std::optional<std::filesystem::path>();
    }
    return parse_path(text);
}

std::string shown_whole(std::string_view text)
{
    std::string shown;
    for (const char character : text.substr(0, shown_bytes_max)) {
        if (is_control_character(character)) {
            fmt::format_to(std::back_inserter(shown), "\\x{:02x}", static_cast<unsigned char>(character));
        } else {
            shown.push_back(character);
        }
    }
    return text.size() > shown_bytes_max ? shown + "…" : shown;
}

std::string shown_as_secret(std::string_view text)
{
    return fmt::format("(set, {} characters)", utf8::valid(text) ? utf8::length(text) : text.size());
}

}
