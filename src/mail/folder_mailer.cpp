#include "mail/folder_mailer.hpp"

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <ostream>

#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

namespace watchword::mail {
namespace {

namespace filesystem = std::filesystem;

constexpr std::size_t longest_recipient_in_a_name = 64;

std::string file_name(const Letter& letter)
{
    auto time = to_rfc3339(std::chrono::floor<std::chrono::seconds>(letter.written_at)).substr(0, 19);
    std::erase(time, ':');
    auto recipient = letter.recipient.text().substr(0, longest_recipient_in_a_name);
    for (char& character : recipient) {
        const bool plain = (character >= 'a' && character <= 'z') || (character >= 'A' && character <= 'Z') ||
                           (character >= '0' && character <= '9') || character == '.' || character == '-';
        character = plain ? character : '_';
    }
    return fmt::format("{}Z-{}-{}.eml", time, recipient, letter.id.substr(0, 8));
}

/// Why the file could not be written, or nothing.
std::string write_file(const filesystem::path& path, std::string_view content)
{
    const int file = ::open(path.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, S_IRUSR | S_IWUSR);
    if (file < 0) {
        return std::strerror(errno);
    }
    std::string reason;
    while (!content.empty() && reason.empty()) {
        const auto written = ::write(file, content.data(), content.size());
        if (written >= 0) {
            content.remove_prefix(static_cast<std::size_t>(written));
        } else if (errno != EINTR) {
            reason = std::strerror(errno);
        }
    }
    ::close(file);
    return reason;
}

/// One line whatever it holds.
std::string console_line(std::string line)
{
    std::ranges::replace_if(line, [](unsigned char byte) { return byte < 0x20 || byte == 0x7F; }, ' ');
    return line + '\n';
}

}

FolderMailer::FolderMailer(filesystem::path folder, Sender sender, std::ostream& console)
    : folder_(std::move(folder)), sender_(std::move(sender)), console_(console)
{
    if (filesystem::create_directories(folder_)) {
        filesystem::permissions(folder_, filesystem::perms::owner_all);
    }
}

Task<DeliveryOutcome> FolderMailer::deliver(const Letter& letter, Deadline)
{
    auto work = [this, &letter] { return write(letter); };
    co_return co_await thread_.run(std::move(work));
}

DeliveryOutcome FolderMailer::write(const Letter& letter)
{
    const auto path = folder_ / file_name(letter);
    auto unfinished = path;
    unfinished += ".unfinished";
    auto reason = write_file(unfinished, to_rfc5322(letter, sender_));
    if (reason.empty() && ::rename(unfinished.c_str(), path.c_str()) != 0) {
        reason = std::strerror(errno);
    }
    if (!reason.empty()) {
        ::unlink(unfinished.c_str());
        return DeliveryOutcome::server_lost(fmt::format("cannot write {}: {}", path.string(), reason));
    }
    if (!letter.message.console_line.empty()) {
        console_ << console_line(letter.message.console_line) << std::flush;
    }
    return DeliveryOutcome::delivered();
}

}
