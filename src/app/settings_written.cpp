#include "app/settings_written.hpp"

#include "app/settings_values.hpp"

#include <algorithm>
#include <array>
#include <cerrno>
#include <system_error>

#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

namespace watchword {
namespace {

constexpr std::size_t file_bytes_max = 1024 * 1024; // settings are short; a disk image is a mistake

std::string upper_case(std::string_view text)
{
    std::string result(text);
    std::ranges::transform(result, result.begin(), [](char character) {
        return character >= 'a' && character <= 'z' ? static_cast<char>(character - 'a' + 'A') : character;
    });
    return result;
}

std::expected<std::string, int> read_file(const std::filesystem::path& path)
{
    const int file = ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
    if (file < 0) {
        return std::unexpected(errno);
    }
    std::string contents;
    std::array<char, 4096> block{};
    ssize_t size = 0;
    while ((size = ::read(file, block.data(), block.size())) > 0 && contents.size() <= file_bytes_max) {
        contents.append(block.data(), static_cast<std::size_t>(size));
    }
    const int reason = size < 0 ? errno : contents.size() > file_bytes_max ? EFBIG : 0;
    ::close(file);
    if (reason != 0) {
        return std::unexpected(reason);
    }
    return contents;
}

std::string reason_text(int reason)
{
    return std::generic_category().message(reason);
}

bool is_quoted(std::string_view text)
{
    return text.size() >= 2 && (text.front() == '"' || text.front() == '\'') && text.front() == text.back();
}

}

Environment current_environment()
{
    Environment environment;
    for (char** entry = ::environ; entry != nullptr && *entry != nullptr; ++entry) {
        const std::string_view text(*entry);
        if (const auto equals = text.find('='); equals != std::string_view::npos) {
            environment.emplace_back(text.substr(0, equals), text.substr(equals + 1));
        }
    }
    return environment;
}

std::expected<WrittenValues, std::string> WrittenValues::read(const SettingsSources& sources)
{
    WrittenValues written;
    if (auto done = written.read_dotenv(sources); !done) {
        return std::unexpected(done.error());
    }
    for (const auto& [name, value] : sources.environment) {
        const bool quoted = is_quoted(value);
        written.values_[upper_case(name)] = {
            .text = quoted ? value.substr(1, value.size() - 2) : value, .origin = "environment", .lost_quotes = quoted};
    }
    return written;
}

std::expected<void, std::string> WrittenValues::read_dotenv(const SettingsSources& sources)
{
    const std::string path = sources.dotenv.string();
    const auto bytes = read_file(sources.dotenv);
    if (!bytes && (bytes.error() == ENOENT || bytes.error() == ENOTDIR)) {
        return {};
    }
    if (!bytes && bytes.error() == EISDIR) { // what Docker makes where a file to be mounted is missing
        warnings_.push_back(fmt::format("{} is a folder and was not read", path));
        return {};
    }
    if (!bytes) {
        return std::unexpected(fmt::format("{} cannot be read: {}", path, reason_text(bytes.error())));
    }
    const auto dotenv = parse_dotenv(*bytes, sources.environment);
    if (!dotenv) {
        return std::unexpected(fmt::format("{} cannot be read: {}", path, dotenv.error()));
    }
    for (const std::size_t line : dotenv->invalid_lines) {
        warnings_.push_back(fmt::format("{} line {} cannot be understood and was skipped", path, line));
    }
    for (const auto& variable : dotenv->variables) {
        values_[upper_case(variable.name)] = {.text = variable.value.value_or(""),
                                              .origin = fmt::format("{} line {}", path, variable.line),
                                              .lost_quotes = false};
    }
    return {};
}

const WrittenValue* WrittenValues::look_up(std::string_view name) const
{
    const auto found = values_.find(name);
    return found == values_.end() || found->second.text.empty() ? nullptr : &found->second;
}

std::expected<std::optional<WrittenValue>, std::string> WrittenValues::find(std::string_view name) const
{
    const std::string file_name = fmt::format("{}_FILE", name);
    const auto* const value = look_up(name);
    const auto* const file = look_up(file_name);
    if (value && file) {
        return std::unexpected(
            fmt::format("{} ({}) and {} ({}) are both set; keep one", name, value->origin, file_name, file->origin));
    }
    if (!file) {
        return value ? std::optional(*value) : std::nullopt;
    }
    auto contents = read_file(file->text);
    if (!contents) {
        // Without the path: somebody may have put the secret itself where its file is to be named.
        return std::unexpected(fmt::format("{} ({}): the file that it names cannot be read: {}", file_name,
                                           file->origin, reason_text(contents.error())));
    }
    if (contents->ends_with('\n')) {
        contents->pop_back();
        if (contents->ends_with('\r')) {
            contents->pop_back();
        }
    }
    if (contents->empty()) {
        return std::unexpected(
            fmt::format("{} ({}): the file `{}` is empty", file_name, file->origin, shown_whole(file->text)));
    }
    return WrittenValue{
        .text = std::move(*contents), .origin = fmt::format("file {}", shown_whole(file->text)), .lost_quotes = false};
}

}
