#include "base/log.hpp"

#include "base/log_file.hpp"
#include "base/log_line.hpp"

#include <atomic>
#include <cstdio>
#include <mutex>

#include <spdlog/sinks/stdout_color_sinks.h>

namespace watchword::log {
namespace {

/// Where lines go. One mutex, so that both have the same order.
struct Outputs {
    std::mutex mutex;
    std::unique_ptr<spdlog::sinks::stderr_color_sink_st> console; // colours only on a terminal
    std::unique_ptr<LogFile> file;

    Outputs() { open_console(Format::text); }

    void open_console(Format format)
    {
        console = std::make_unique<spdlog::sinks::stderr_color_sink_st>();
        console->set_formatter(line_formatter(format));
    }
};

std::atomic<Level> lowest_level{Level::info};
std::atomic<Format> chosen_format{Format::text};

Outputs& outputs()
{
    static Outputs& forever = *new Outputs; // never destroyed: threads may log while the program ends
    return forever;
}

/// Tells of the log file, which is why it goes to standard error alone. Needs the mutex.
void report_of_file(Level level, std::string_view message, Fields fields)
{
    outputs().console->log(Line(chosen_format, level, "log", message, fields).event());
}

void write(Level level, std::string_view logger, std::string_view message, Fields fields)
{
    if (!enabled(level)) {
        return;
    }
    try {
        const Line line(chosen_format.load(std::memory_order_relaxed), level, logger, message, fields);
        const std::lock_guard lock(outputs().mutex);
        outputs().console->log(line.event());
        if (outputs().file) {
            outputs().file->write(line.event());
        }
    } catch (...) {
        // A line that cannot be written must not end the work that it tells of.
    }
}

}

void open(const Options& options)
{
    lowest_level = options.level;
    chosen_format = options.format;
    try {
        const std::lock_guard lock(outputs().mutex);
        outputs().open_console(options.format);
        outputs().file.reset();
        if (options.file) {
            outputs().file = std::make_unique<LogFile>(options, report_of_file);
        }
    } catch (...) {
        // As in write(): the service goes on without what could not be opened.
    }
}

void flush()
{
    std::fflush(stderr); // the file is flushed with every line
}

bool enabled(Level level)
{
    return level >= lowest_level.load(std::memory_order_relaxed);
}

void debug(std::string_view logger, std::string_view message, Fields fields)
{
    write(Level::debug, logger, message, fields);
}

void info(std::string_view logger, std::string_view message, Fields fields)
{
    write(Level::info, logger, message, fields);
}

void warning(std::string_view logger, std::string_view message, Fields fields)
{
    write(Level::warning, logger, message, fields);
}

void error(std::string_view logger, std::string_view message, Fields fields)
{
    write(Level::error, logger, message, fields);
}

}
