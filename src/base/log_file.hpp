#pragma once

#include "base/log_line.hpp"

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <string_view>

namespace watchword::log {

/// The file of the log. At 5 MB it becomes `app.log.1`, the one before `app.log.2`, and so on up to five: the names
/// that collectors know from Python's RotatingFileHandler.
///
/// While the file cannot be written its lines are dropped, it is tried again after a pause, and the report is told once
/// when that begins and once when it ends. Used under the log's mutex.
class LogFile {
public:
    using Report = void (*)(Level level, std::string_view message, Fields fields);

    /// Creates the folder and the file; `options.file` is set.
    LogFile(const Options& options, Report report);
    ~LogFile();

    LogFile(const LogFile&) = delete;
    LogFile& operator=(const LogFile&) = delete;

    /// Appends the event as one line.
    void write(const Event& event);

private:
    bool is_open() const { return file_ >= 0; }
    void open();
    void close();
    void rotate();
    void append(std::string_view line);
    void give_up(const char* reason);

    std::filesystem::path path_;
    std::unique_ptr<spdlog::formatter> formatter_;
    std::chrono::milliseconds pause_;
    Report report_;
    int file_ = -1; // closed while it cannot be written
    std::uintmax_t bytes_ = 0;
    std::chrono::steady_clock::time_point reopen_at_;
    bool in_trouble_ = false;
    std::int64_t lines_lost_ = 0;
};

}
