#include "http/query.hpp"

#include "http/target.hpp"

#include <algorithm>

namespace watchword::http {
namespace {

std::string form_decoded(std::string_view text)
{
    std::string blanks(text);
    std::ranges::replace(blanks, '+', ' ');
    return percent_decoded(blanks);
}

}

std::optional<std::string> query_parameter(const Request& request, std::string_view name)
{
    std::optional<std::string> value;
    std::string_view query = request.query;
    while (!query.empty()) {
        const auto pair = query.substr(0, query.find('&'));
        const auto equals = std::min(pair.find('='), pair.size());
        if (form_decoded(pair.substr(0, equals)) == name) {
            value = form_decoded(pair.substr(std::min(equals + 1, pair.size())));
        }
        query.remove_prefix(std::min(pair.size() + 1, query.size()));
    }
    return value;
}

}
