#include "mail/smtp_reply.hpp"

#include <algorithm>
#include <ranges>

#include <fmt/format.h>

namespace watchword::mail {
namespace {

/// RFC 5321 §4.5.3.1.5 promises 512; servers go beyond.
constexpr std::size_t longest_line = 4096;
constexpr std::size_t most_lines = 100;
constexpr std::size_t longest_text_in_the_log = 200;
constexpr std::size_t shortest_code = 4;

bool is_digit(char character)
{
    return character >= '0' && character <= '9';
}

std::string without_long_numbers(std::string_view text)
{
    std::string masked;
    while (!text.empty()) {
        const auto digits = static_cast<std::size_t>(std::ranges::find_if_not(text, is_digit) - text.begin());
        if (digits >= shortest_code) {
            masked += "[number]";
        } else {
            masked += text.substr(0, digits);
        }
        text.remove_prefix(digits);
        const auto others = static_cast<std::size_t>(std::ranges::find_if(text, is_digit) - text.begin());
        masked += text.substr(0, others);
        text.remove_prefix(others);
    }
    return masked;
}

std::string upper_case(std::string_view text)
{
    std::string upper(text);
    for (char& letter : upper) {
        if (letter >= 'a' && letter <= 'z') {
            letter = static_cast<char>(letter - 'a' + 'A');
        }
    }
    return upper;
}

std::vector<std::string> words(std::string_view text)
{
    std::vector<std::string> found;
    while (true) {
        const auto begin = text.find_first_not_of(" \t=");
        if (begin == std::string_view::npos) {
            return found;
        }
        text.remove_prefix(begin);
        const auto end = std::min(text.find_first_of(" \t="), text.size());
        found.emplace_back(text.substr(0, end));
        text.remove_prefix(end);
    }
}

}

std::string SmtpReply::for_the_log() const
{
    std::string text;
    for (const auto& line : lines) {
        text += (text.empty() ? "" : " ") + line;
    }
    std::ranges::replace_if(text, [](unsigned char byte) { return byte < 0x20 || byte > 0x7E; }, '?');
    return fmt::format("{} {}", code, without_long_numbers(text)).substr(0, longest_text_in_the_log);
}

void SmtpReplyReader::add(std::string_view bytes)
{
    while (!bytes.empty()) {
        const auto end = bytes.find('\n');
        unfinished_line_ += bytes.substr(0, end);
        if (unfinished_line_.size() > longest_line) {
            throw SmtpServerLost("the server sent a line of more than 4096 bytes");
        }
        if (end == std::string_view::npos) {
            return;
        }
        bytes.remove_prefix(end + 1);
        if (unfinished_line_.ends_with('\r')) {
            unfinished_line_.pop_back();
        }
        add_line(unfinished_line_);
        unfinished_line_.clear();
    }
}

void SmtpReplyReader::add_line(std::string_view line)
{
    const bool has_code = line.size() >= 3 && std::ranges::all_of(line.substr(0, 3), is_digit);
    const bool has_text = line.size() > 3;
    if (!has_code || (has_text && line[3] != ' ' && line[3] != '-')) {
        throw SmtpServerLost("the server does not speak SMTP");
    }
    if (unfinished_.lines.size() == most_lines) {
        throw SmtpServerLost("the server sent a reply of more than 100 lines");
    }
    unfinished_.code = (line[0] - '0') * 100 + (line[1] - '0') * 10 + (line[2] - '0');
    unfinished_.lines.emplace_back(has_text ? line.substr(4) : "");
    if (!has_text || line[3] == ' ') {
        finished_.push_back(std::move(unfinished_));
        unfinished_ = {};
    }
}

std::optional<SmtpReply> SmtpReplyReader::next()
{
    if (finished_.empty()) {
        return std::nullopt;
    }
    auto reply = std::move(finished_.front());
    finished_.erase(finished_.begin());
    return reply;
}

bool SmtpFeatures::offers_auth(std::string_view mechanism) const
{
    return std::ranges::find(auth, mechanism) != auth.end();
}

SmtpFeatures features_in(const SmtpReply& reply_to_ehlo)
{
    SmtpFeatures features;
    for (const auto& line : reply_to_ehlo.lines | std::views::drop(1)) { // the first is the server's name
        const auto parts = words(upper_case(line));
        const std::string_view keyword = parts.empty() ? std::string_view{} : parts.front();
        features.starttls |= keyword == "STARTTLS";
        features.smtputf8 |= keyword == "SMTPUTF8";
        if (keyword == "AUTH") {
            features.auth.insert(features.auth.end(), parts.begin() + 1, parts.end());
        }
    }
    return features;
}

}
