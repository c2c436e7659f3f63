#include "http/body_schema.hpp"

#include <boost/json/array.hpp>

namespace watchword::http {

boost::json::object FileForm::schema() const
{
    // OpenAPI 3.1 says `contentMediaType`; most generators of clients still look for `format`.
    boost::json::object file{{"type", "string"},
                             {"contentMediaType", "application/octet-stream"},
                             {"format", "binary"},
                             {"title", title_of(field_)}};
    return {{"properties", {{field_, std::move(file)}}},
            {"type", "object"},
            {"required", boost::json::array{field_}},
            {"title", name_}};
}

std::string title_of(std::string_view name)
{
    std::string title(name);
    char before = ' ';
    for (char& c : title) {
        c = c == '_' ? ' ' : c;
        if (before == ' ' && c >= 'a' && c <= 'z') {
            c = static_cast<char>(c - 'a' + 'A');
        }
        before = c;
    }
    return title;
}

}
