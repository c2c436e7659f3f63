#include "base/log_file.hpp"

#include <algorithm>
#include <cerrno>
#include <system_error>
#include <utility>

#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

namespace watchword::log {
namespace {

constexpr std::uintmax_t file_bytes_max = 5 * 1024 * 1024;
constexpr int old_files_kept = 5;

std::system_error failure(int reason, const char* what)
{
    return std::system_error(reason, std::generic_category(), what);
}

std::filesystem::path numbered(const std::filesystem::path& path, int number)
{
    return number == 0 ? path : std::filesystem::path(fmt::format("{}.{}", path.string(), number));
}

}

LogFile::LogFile(const Options& options, Report report)
    : path_(*options.file),
      formatter_(line_formatter(options.format)),
      pause_(options.pause_before_reopening),
      report_(report)
{
    try {
        open();
    } catch (const std::exception& error) {
        give_up(error.what());
    }
}

LogFile::~LogFile()
{
    close();
}

void LogFile::write(const Event& event)
{
    if (!is_open() && std::chrono::steady_clock::now() < reopen_at_) {
        ++lines_lost_;
        return;
    }
    try {
        if (!is_open()) {
            open();
        }
        spdlog::memory_buf_t line;
        formatter_->format(event, line);
        if (bytes_ > 0 && bytes_ + line.size() > file_bytes_max) {
            rotate();
        }
        append({line.data(), line.size()});
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

/// A line that a full disk cut off is ended first.
void LogFile::open()
{
    if (path_.has_parent_path()) {
        std::error_code error;
        std::filesystem::create_directories(path_.parent_path(), error);
        if (error) {
            throw failure(error.value(), "cannot create its folder");
        }
    }
    file_ = ::open(path_.c_str(), O_RDWR | O_APPEND | O_CREAT | O_CLOEXEC, 0666);
    if (file_ < 0) {
        throw failure(errno, "cannot open it");
    }
    bytes_ = static_cast<std::uintmax_t>(std::max<off_t>(::lseek(file_, 0, SEEK_END), 0));
    char last = '\n';
    if (bytes_ > 0 && ::pread(file_, &last, 1, static_cast<off_t>(bytes_) - 1) == 1 && last != '\n') {
        append("\n");
    }
}

void LogFile::close()
{
    if (is_open()) {
        ::close(std::exchange(file_, -1));
    }
}

void LogFile::rotate()
{
    close();
    for (int number = old_files_kept; number > 0; --number) {
        std::error_code none_yet;
        std::filesystem::rename(numbered(path_, number - 1), numbered(path_, number), none_yet);
    }
    open();
}

void LogFile::append(std::string_view line)
{
    while (!line.empty()) {
        const auto written = ::write(file_, line.data(), line.size());
        if (written < 0) {
            throw failure(errno, "cannot write to it");
        }
        bytes_ += static_cast<std::uintmax_t>(written);
        line.remove_prefix(static_cast<std::size_t>(written));
    }
}

void LogFile::give_up(const char* reason)
{
    close();
    reopen_at_ = std::chrono::steady_clock::now() + pause_;
    if (!std::exchange(in_trouble_, true)) {
        report_(Level::warning, "the log file cannot be written; standard error still gets every line",
                {{"path", path_.c_str()}, {"reason", reason}});
    }
}

}
