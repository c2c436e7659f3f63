#include "http/body.hpp"

#include "http/python_json.hpp"

#include <boost/json/array.hpp>

namespace watchword::http {

const boost::json::object* members_of(const boost::json::value& value)
{
    return python_json::exact_number(value) ? nullptr : value.if_object();
}

ValidationError not_an_object()
{
    return {"model_attributes_type", "Input should be a valid dictionary or object to extract fields from"};
}

boost::json::object object_schema(std::string_view name, const std::vector<Member>& members)
{
    boost::json::object properties;
    boost::json::array required;
    for (const Member& member : members) {
        boost::json::object property = member.schema;
        member.rule.describe(property);
        property["title"] = title_of(member.name);
        if (!member.otherwise.is_null()) {
            property["default"] = member.otherwise;
        }
        properties[member.name] = std::move(property);
        if (member.required) {
            required.emplace_back(member.name);
        }
    }
    boost::json::object schema{{"properties", std::move(properties)}, {"type", "object"}};
    if (!required.empty()) {
        schema["required"] = std::move(required);
    }
    schema["title"] = name;
    return schema;
}

}
