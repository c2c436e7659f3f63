#pragma once

#include <chrono>
#include <concepts>
#include <cstdint>
#include <filesystem>
#include <initializer_list>
#include <optional>
#include <string_view>
#include <variant>

/// Structured log lines. A message is a fixed text; whatever varies is a field. Control characters and invalid UTF-8 in
/// a field are escaped, so that one event is always one line. Callable from every thread; never throws, never blocks a
/// request on a full disk.
namespace watchword::log {

enum class Level { debug, info, warning, error };

enum class Format {
    text, ///< `2026-11-25 22:40:22,181 - [INFO] - login - message key=value`, the form of the service that this one
          ///< replaces
    json, ///< one object a line: time, level, logger, message, then the fields
};

struct Field {
    std::string_view key;
    std::variant<std::string_view, std::int64_t, bool> value;

    Field(std::string_view name, std::string_view text) : key(name), value(text) {}
    Field(std::string_view name, const char* text) : key(name), value(std::string_view(text)) {}
    Field(std::string_view name, bool flag) : key(name), value(flag) {}
    template <std::integral Number>
        requires(!std::same_as<Number, bool>)
    Field(std::string_view name, Number number) : key(name), value(static_cast<std::int64_t>(number))
    {
    }
};

using Fields = std::initializer_list<Field>;

struct Options {
    Level level = Level::info;
    Format format = Format::text;
    std::optional<std::filesystem::path> file = {};           ///< rotated at 5 MB, five old ones kept; nothing: no file
    std::chrono::milliseconds pause_before_reopening{30'000}; ///< how long a file that failed is left alone
};

/// Opens the sinks. Standard error always gets the lines, with a coloured level where it is a terminal. A file that
/// cannot be opened or written costs one warning, which names the path and the reason, and its own lines, until it can
/// be written again. Before the first call, lines of level info and above go to standard error as text. Call once,
/// before other threads start.
void open(const Options& options);

/// Writes out what is buffered.
void flush();

/// Whether a line of this level is written at all: for lines whose fields cost something to make.
bool enabled(Level level);

/// Each takes the logger's name (the room: `login`, `mail`), the message, and the fields.
void debug(std::string_view logger, std::string_view message, Fields fields = {});
void info(std::string_view logger, std::string_view message, Fields fields = {});
void warning(std::string_view logger, std::string_view message, Fields fields = {});
void error(std::string_view logger, std::string_view message, Fields fields = {});

}
