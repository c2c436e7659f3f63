#include "crypto/strict_json.hpp"

#include <cstdint>
#include <string>

#include <boost/json/basic_parser_impl.hpp>
#include <boost/json/parse.hpp>
#include <boost/json/value.hpp>

namespace watchword::crypto {
namespace {

namespace json = boost::json;

constexpr std::size_t deepest = 32;

json::parse_options strict()
{
    json::parse_options options;
    options.max_depth = deepest;
    options.allow_invalid_utf8 = false;
    return options;
}

/// Boost.JSON keeps the last of several members of one name and says nothing. So the members are counted as they are
/// written and compared with those that the value has.
struct MemberCounter {
    static constexpr std::size_t max_object_size = static_cast<std::size_t>(-1);
    static constexpr std::size_t max_array_size = static_cast<std::size_t>(-1);
    static constexpr std::size_t max_key_size = static_cast<std::size_t>(-1);
    static constexpr std::size_t max_string_size = static_cast<std::size_t>(-1);

    std::size_t members = 0;

    bool on_object_end(std::size_t size, json::error_code&)
    {
        members += size;
        return true;
    }

    bool on_document_begin(json::error_code&) { return true; }
    bool on_document_end(json::error_code&) { return true; }
    bool on_object_begin(json::error_code&) { return true; }
    bool on_array_begin(json::error_code&) { return true; }
    bool on_array_end(std::size_t, json::error_code&) { return true; }
    bool on_key_part(json::string_view, std::size_t, json::error_code&) { return true; }
    bool on_key(json::string_view, std::size_t, json::error_code&) { return true; }
    bool on_string_part(json::string_view, std::size_t, json::error_code&) { return true; }
    bool on_string(json::string_view, std::size_t, json::error_code&) { return true; }
    bool on_number_part(json::string_view, json::error_code&) { return true; }
    bool on_int64(std::int64_t, json::string_view, json::error_code&) { return true; }
    bool on_uint64(std::uint64_t, json::string_view, json::error_code&) { return true; }
    bool on_double(double, json::string_view, json::error_code&) { return true; }
    bool on_bool(bool, json::error_code&) { return true; }
    bool on_null(json::error_code&) { return true; }
    bool on_comment_part(json::string_view, json::error_code&) { return true; }
    bool on_comment(json::string_view, json::error_code&) { return true; }
};

std::size_t members_written(std::string_view text)
{
    json::basic_parser<MemberCounter> parser(strict());
    json::error_code error;
    parser.write_some(false, text.data(), text.size(), error);
    return parser.handler().members;
}

std::size_t members_kept(const json::value& value)
{
    std::size_t members = 0;
    if (const auto* object = value.if_object()) {
        members = object->size();
        for (const auto& member : *object) {
            members += members_kept(member.value());
        }
    } else if (const auto* array = value.if_array()) {
        for (const auto& element : *array) {
            members += members_kept(element);
        }
    }
    return members;
}

}

std::optional<json::object> parse_strict_object(std::string_view text)
{
    json::error_code error;
    json::value value = json::parse(text, error, {}, strict());
    if (error || !value.is_object() || members_written(text) != members_kept(value)) {
        return std::nullopt;
    }
    return std::move(value.as_object());
}

}
