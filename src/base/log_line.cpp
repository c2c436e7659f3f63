#include "base/log_line.hpp"

#include "base/time.hpp"
#include "base/utf8.hpp"

#include <algorithm>
#include <chrono>
#include <iterator>

#include <fmt/chrono.h>
#include <fmt/format.h>

namespace watchword::log {
namespace {

/// What is escaped beside control characters.
struct Escaping {
    bool quotes_and_backslashes;
    std::string_view stray_byte; ///< stands before the two digits of a byte that is not UTF-8
};

constexpr Escaping for_message{false, "\\x"};
constexpr Escaping for_quoted_text{true, "\\x"};
constexpr Escaping for_json{true, "\\\\x"}; // JSON has no \x of its own

/// Controls, the line ends that only Unicode knows, and what makes a terminal show text in another order than it has.
bool is_unfit_for_a_line(char32_t character)
{
    return character < 0x20 || (character >= 0x7F && character < 0xA0) || character == 0x61C ||
           (character >= 0x200E && character <= 0x200F) || (character >= 0x2028 && character <= 0x202E) ||
           (character >= 0x2066 && character <= 0x2069);
}

/// Printable ASCII that no form escapes: nearly all that is ever logged.
bool is_plain(char character)
{
    return character >= 0x20 && character < 0x7F && character != '"' && character != '\\';
}

/// The bytes of the character that `text` begins with; empty where they are not UTF-8.
std::string_view first_character(std::string_view text)
{
    const auto lead = static_cast<unsigned char>(text.front());
    const std::size_t size = lead < 0x80 ? 1 : lead >= 0xF0 ? 4 : lead >= 0xE0 ? 3 : 2;
    const auto character = text.substr(0, size);
    return utf8::valid(character) ? character : std::string_view();
}

void append_escaped(std::string& out, std::string_view text, const Escaping& escaping)
{
    while (true) {
        const auto plain = static_cast<std::size_t>(std::ranges::find_if_not(text, is_plain) - text.begin());
        out.append(text, 0, plain);
        text.remove_prefix(plain);
        if (text.empty()) {
            return;
        }
        const auto character = first_character(text);
        if (character.empty()) {
            fmt::format_to(std::back_inserter(out), "{}{:02x}", escaping.stray_byte,
                           static_cast<unsigned char>(text.front()));
            text.remove_prefix(1);
            continue;
        }
        text.remove_prefix(character.size());
        const char32_t code_point = utf8::decode(character)->front();
        if (escaping.quotes_and_backslashes && (code_point == '"' || code_point == '\\')) {
            out.append(1, '\\').append(character);
        } else if (code_point == '\n') {
            out.append("\\n");
        } else if (code_point == '\r') {
            out.append("\\r");
        } else if (code_point == '\t') {
            out.append("\\t");
        } else if (is_unfit_for_a_line(code_point)) {
            fmt::format_to(std::back_inserter(out), "\\u{:04x}", static_cast<unsigned>(code_point));
        } else {
            out.append(character);
        }
    }
}

void append_quoted(std::string& out, std::string_view text, const Escaping& escaping)
{
    out.push_back('"');
    append_escaped(out, text, escaping);
    out.push_back('"');
}

/// Appends text as it is where nobody could take it for something else, and in quotes otherwise.
void append_bare_or_quoted(std::string& out, std::string_view text)
{
    const auto start = out.size();
    append_escaped(out, text, for_quoted_text);
    const bool unchanged = std::string_view(out).substr(start) == text;
    if (!unchanged || text.empty() || text.find_first_of(" =") != std::string_view::npos) {
        out.insert(start, 1, '"').push_back('"');
    }
}

void append_value(std::string& out, Format format, const Field& field)
{
    if (const auto* number = std::get_if<std::int64_t>(&field.value)) {
        fmt::format_to(std::back_inserter(out), "{}", *number);
    } else if (const auto* flag = std::get_if<bool>(&field.value)) {
        out.append(*flag ? "true" : "false");
    } else if (format == Format::json) {
        append_quoted(out, std::get<std::string_view>(field.value), for_json);
    } else {
        append_bare_or_quoted(out, std::get<std::string_view>(field.value));
    }
}

std::string body_of(Format format, std::string_view message, Fields fields)
{
    std::string body;
    if (format == Format::json) {
        body = "\"message\":";
        append_quoted(body, message, for_json);
    } else {
        append_escaped(body, message, for_message);
    }
    for (const Field& field : fields) {
        if (format == Format::json) {
            body.push_back(',');
            append_quoted(body, field.key, for_json);
            body.push_back(':');
        } else {
            body.push_back(' ');
            append_escaped(body, field.key, for_message);
            body.push_back('=');
        }
        append_value(body, format, field);
    }
    return body;
}

std::string escaped_name(Format format, std::string_view logger)
{
    std::string name;
    append_escaped(name, logger, format == Format::json ? for_json : for_message);
    return name;
}

spdlog::level::level_enum spdlog_level(Level level)
{
    switch (level) {
    case Level::debug:
        return spdlog::level::debug;
    case Level::info:
        return spdlog::level::info;
    case Level::warning:
        return spdlog::level::warn;
    case Level::error:
        break;
    }
    return spdlog::level::err;
}

struct LevelName {
    std::string_view text, json;
};

LevelName name_of(spdlog::level::level_enum level)
{
    switch (level) {
    case spdlog::level::debug:
        return {"DEBUG", "debug"};
    case spdlog::level::info:
        return {"INFO", "info"};
    case spdlog::level::warn:
        return {"WARNING", "warning"};
    default:
        return {"ERROR", "error"};
    }
}

class TextFormatter final : public spdlog::formatter {
public:
    void format(const Event& event, spdlog::memory_buf_t& line) override
    {
        const auto seconds = std::chrono::floor<std::chrono::seconds>(event.time);
        const auto fraction = std::chrono::floor<std::chrono::milliseconds>(event.time - seconds);
        fmt::format_to(std::back_inserter(line), "{:%Y-%m-%d %H:%M:%S},{:03} - [",
                       fmt::localtime(std::chrono::system_clock::to_time_t(seconds)), fraction.count());
        event.color_range_start = line.size();
        line.append(name_of(event.level).text);
        event.color_range_end = line.size();
        fmt::format_to(std::back_inserter(line), "] - {} - {}\n", event.logger_name, event.payload);
    }

    std::unique_ptr<spdlog::formatter> clone() const override { return std::make_unique<TextFormatter>(); }
};

class JsonFormatter final : public spdlog::formatter {
public:
    void format(const Event& event, spdlog::memory_buf_t& line) override
    {
        fmt::format_to(std::back_inserter(line), R"({{"time":"{}","level":"{}","logger":"{}",{}}})",
                       to_rfc3339(std::chrono::floor<std::chrono::microseconds>(event.time)), name_of(event.level).json,
                       event.logger_name, event.payload);
        line.push_back('\n');
    }

    std::unique_ptr<spdlog::formatter> clone() const override { return std::make_unique<JsonFormatter>(); }
};

}

Line::Line(Format format, Level level, std::string_view logger, std::string_view message, Fields fields)
    : logger_(escaped_name(format, logger)),
      body_(body_of(format, message, fields)),
      event_(spdlog::source_loc{}, logger_, spdlog_level(level), body_)
{
}

std::unique_ptr<spdlog::formatter> line_formatter(Format format)
{
    if (format == Format::json) {
        return std::make_unique<JsonFormatter>();
    }
    return std::make_unique<TextFormatter>();
}

}
