#include "http/request.hpp"

#include <algorithm>

namespace watchword::http {
namespace {

constexpr char lower(char c)
{
    return c >= 'A' && c <= 'Z' ? static_cast<char>(c + ('a' - 'A')) : c;
}

}

bool same_but_for_case(std::string_view one, std::string_view other)
{
    return one.size() == other.size() && std::ranges::equal(one, other, {}, lower, lower);
}

std::optional<std::string> Request::header(std::string_view name) const
{
    std::optional<std::string> joined;
    for (const auto& header : headers) {
        if (!same_but_for_case(header.name, name)) {
            continue;
        }
        if (joined) {
            joined->append(", ").append(header.value);
        } else {
            joined = header.value;
        }
    }
    return joined;
}

std::size_t Request::count(std::string_view name) const
{
    return static_cast<std::size_t>(
        std::ranges::count_if(headers, [&](const Header& header) { return same_but_for_case(header.name, name); }));
}

}
