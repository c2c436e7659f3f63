#include "base/log.hpp"

#include "base/log_line.hpp"

#include <atomic>
#include <cerrno>
#include <cstdio>
#include <mutex>
#include <system_error>
#include <utility>

#include <fcntl.h>
#include <spdlog/sinks/rotating_file_sink.h>
#include <spdlog/sinks/stdout_color_sinks.h>
#include <unistd.h>

namespace watchword::log {
namespace {

constexpr std::size_t file_bytes_max = 5 * 1024 * 1024;
constexpr std::size_t old_files_kept = 5;

std::system_error failure(int reason, const char* what)
{
    return std::system_error(reason, std::generic_category(), what);
}

/// Creates the folder and the file, and ends the line that a full disk may have cut off. spdlog would do the first two
/// as well, but where it cannot it sleeps and tries again, and a request could be waiting for that.
void prepare(const std::filesystem::path& path)
{
    if (path.has_parent_path()) {
        std::error_code error;
        std::filesystem::create_directories(path.parent_path(), error);
        if (error) {
            throw failure(error.value(), "cannot create its folder");
        }
    }
    const int file = ::open(path.c_str(), O_RDWR | O_APPEND | O_CREAT | O_CLOEXEC, 0666);
    if (file < 0) {
        throw failure(errno, "cannot open it");
    }
    char last = '\n';
    const bool cut_off = ::lseek(file, -1, SEEK_END) >= 0 && ::read(file, &last, 1) == 1 && last != '\n';
    const bool ended = !cut_off || ::write(file, "\n", 1) == 1;
    const int reason = errno;
    ::close(file);
    if (!ended) {
        throw failure(reason, "cannot write to it");
    }
}

/// The file, and what happens while it cannot be written: its lines are dropped, it is tried again after a pause, and
/// the report is told once when that begins and once when it ends.
class LogFile {
public:
    using Report = void (*)(Level level, std::string_view message, Fields fields);

    LogFile(const Options& options, Report report)
        : path_(*options.file), format_(options.format), pause_(options.pause_before_reopening), report_(report)
    {
        reopen();
    }

    void write(const Event& event)
    {
        if (!sink_ && std::chrono::steady_clock::now() >= reopen_at_) {
            reopen();
        }
        if (!sink_) {
            ++lines_lost_;
            return;
        }
        try {
            sink_->log(event);
            sink_->flush();
        } catch (const std::exception& error) {
            ++lines_lost_;
            give_up(error.what());
            return;
        }
        if (std::exchange(in_trouble_, false)) {
            report_(Level::info, "the log file is written again",
                    {{"path", path_.c_str()}, {"lines_lost", std::exchange(lines_lost_, 0)}});
        }
    }

private:
    void reopen()
    {
        try {
            prepare(path_);
            sink_ = std::make_unique<spdlog::sinks::rotating_file_sink_st>(path_, file_bytes_max, old_files_kept);
            sink_->set_formatter(line_formatter(format_));
        } catch (const std::exception& error) {
            give_up(error.what());
        }
    }

    void give_up(const char* reason)
    {
        sink_.reset();
        reopen_at_ = std::chrono::steady_clock::now() + pause_;
        if (!std::exchange(in_trouble_, true)) {
            report_(Level::warning, "the log file cannot be written; standard error still gets every line",
                    {{"path", path_.c_str()}, {"reason", reason}});
        }
    }

    std::filesystem::path path_;
    Format format_;
    std::chrono::milliseconds pause_;
    Report report_;
    std::unique_ptr<spdlog::sinks::rotating_file_sink_st> sink_; // null while it cannot be written
    std::chrono::steady_clock::time_point reopen_at_;
    bool in_trouble_ = false;
    std::int64_t lines_lost_ = 0;
};

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
