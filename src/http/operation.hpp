#pragma once

#include "base/error_code.hpp"
#include "http/body_schema.hpp"

#include <initializer_list>
#include <string_view>

namespace watchword::http {

/// A parameter of the query. All of them may be left out.
struct QueryParameter {
    std::string_view name;
    std::string_view type; ///< of JSON Schema: `integer`, `string`
    std::string_view description;
};

/// What the API description says of a route. `/openapi.json` is made from these, in the order of the route table.
struct Operation {
    std::string_view id;  ///< part of the contract: clients are generated from it
    std::string_view tag; ///< empty: none
    std::string_view summary;
    std::string_view description = "";    ///< empty: none
    const BodySchema* request = nullptr;  ///< null: takes no body
    const BodySchema* response = nullptr; ///< null: `{}` in the description, or nothing where the status is 204
    unsigned status = 200;                ///< of success
    std::initializer_list<ErrorCode> failures = {}; ///< besides those that follow from body, guard and limit
    std::initializer_list<QueryParameter> query = {};
    enum class Answer { json, file } answer = Answer::json; ///< of success; a file is bytes of any type
};

}
