#include "files/file_name.hpp"

#include "base/utf8.hpp"

#include <algorithm>

namespace watchword::files {
namespace {

bool is_forbidden(char32_t c)
{
    const bool is_control = c < 0x20 || (c >= 0x7F && c < 0xA0);
    const bool ends_a_line = c == 0x2028 || c == 0x2029;
    return is_control || ends_a_line || c == '/' || c == '\\';
}

}

std::optional<FileName> FileName::parse(std::string_view text)
{
    if (text.empty() || text == "." || text == ".." || text.size() > bytes_max) {
        return std::nullopt;
    }
    const auto characters = utf8::decode(text);
    if (!characters || std::ranges::any_of(*characters, is_forbidden)) {
        return std::nullopt;
    }
    return FileName(text);
}

std::string key_prefix(accounts::AccountId owner)
{
    return "user-files/" + std::to_string(owner) + '/';
}

std::string ObjectKey::text() const
{
    return key_prefix(owner) + name.text();
}

}
