#pragma once

#include "base/log.hpp"

#include <memory>
#include <string>
#include <string_view>

#include <spdlog/details/log_msg.h>
#include <spdlog/formatter.h>

/// How one event becomes one line. For log.cpp alone.
namespace watchword::log {

using Event = spdlog::details::log_msg;

/// What a line says behind its head, escaped: `message key=value …`, or the members of the object from `message` on.
class Line {
public:
    Line(Format format, Level level, std::string_view logger, std::string_view message, Fields fields);
    Line(const Line&) = delete;
    Line& operator=(const Line&) = delete;

    /// The time is that of construction. Valid as long as the line is.
    const Event& event() const { return event_; }

private:
    std::string logger_;
    std::string body_;
    Event event_;
};

/// Puts time, level and logger in front of an event's body and ends the line.
std::unique_ptr<spdlog::formatter> line_formatter(Format format);

}
