#include "files/disk_name.hpp"

#include <charconv>

namespace watchword::files {
namespace {

constexpr std::string_view end_of_folder = "~/";

bool is_small_letter(char c)
{
    return c >= 'a' && c <= 'z';
}

bool stays(char c, std::size_t position)
{
    return is_small_letter(c) || (c >= '0' && c <= '9') || c == '-' || c == '_' || (c == '.' && position > 0);
}

std::string encoded(std::string_view name)
{
    constexpr std::string_view digits = "0123456789abcdef";
    std::string result;
    for (std::size_t i = 0; i < name.size(); ++i) {
        const char c = name[i];
        const auto byte = static_cast<unsigned char>(c);
        if (stays(c, i)) {
            result += c;
        } else if (c >= 'A' && c <= 'Z') {
            result.append({'+', static_cast<char>(c - 'A' + 'a')});
        } else {
            result.append({'%', digits[byte >> 4], digits[byte & 15]});
        }
    }
    return result;
}

std::optional<std::string> decoded(std::string_view text)
{
    std::string name;
    while (!text.empty()) {
        std::size_t used = 1;
        char c = text.front();
        if (c == '+' && text.size() >= 2 && is_small_letter(text[1])) {
            c = static_cast<char>(text[1] - 'a' + 'A');
            used = 2;
        } else if (c == '%' && text.size() >= 3) {
            unsigned char byte = 0;
            if (std::from_chars(text.data() + 1, text.data() + 3, byte, 16).ptr != text.data() + 3) {
                return std::nullopt;
            }
            c = static_cast<char>(byte);
            used = 3;
        }
        name += c;
        text.remove_prefix(used);
    }
    return name;
}

}

std::string disk_path(const FileName& name)
{
    auto rest = encoded(name.text());
    std::string path;
    while (rest.size() > disk_segment_bytes_max) {
        path.append(rest, 0, disk_segment_bytes_max).append(end_of_folder);
        rest.erase(0, disk_segment_bytes_max);
    }
    return path + rest;
}

std::optional<FileName> name_of_disk_path(std::string_view path)
{
    std::string whole(path);
    for (auto end = whole.find(end_of_folder); end != whole.npos; end = whole.find(end_of_folder, end)) {
        whole.erase(end, end_of_folder.size());
    }
    const auto text = decoded(whole);
    auto name = text ? FileName::parse(*text) : std::nullopt;
    // Whatever else lies in the folder was not put there by us: each name has one path.
    return name && disk_path(*name) == path ? name : std::nullopt;
}

}
