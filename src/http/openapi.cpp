#include "http/openapi.hpp"

#include <algorithm>
#include <cctype>
#include <map>
#include <vector>

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>

namespace watchword::http {
namespace {

namespace json = boost::json;

json::object reference(std::string_view schema)
{
    return {{"$ref", "#/components/schemas/" + std::string(schema)}};
}

json::object content(std::string_view media_type, json::object schema)
{
    return {{media_type, {{"schema", std::move(schema)}}}};
}

/// The answers that an operation has besides success, by status.
class Failures {
public:
    void add(ErrorCode code)
    {
        const ErrorDescription& described = describe(code);
        texts_[described.status].emplace_back(described.detail);
    }

    void describe_in(json::object& responses) const
    {
        for (const auto& [status, texts] : texts_) {
            json::object answer{{"description", joined(texts)}};
            if (status == 401) {
                answer["headers"] = {{"WWW-Authenticate", {{"schema", {{"type", "string"}}}}}};
            }
            if (status == 429 || status == 503) {
                answer["headers"] = {
                    {"Retry-After", {{"description", "Seconds to wait"}, {"schema", {{"type", "integer"}}}}}};
            }
            answer["content"] = content("application/json", reference("Failure"));
            responses[std::to_string(status)] = std::move(answer);
        }
    }

private:
    static std::string joined(const std::vector<std::string_view>& texts)
    {
        std::string text;
        for (const auto part : texts) {
            text += text.empty() ? "" : " / ";
            text += part;
        }
        return text;
    }

    std::map<unsigned, std::vector<std::string_view>> texts_;
};

/// The names in braces, in order.
std::vector<std::string_view> path_parameters(std::string_view path)
{
    std::vector<std::string_view> names;
    for (auto open = path.find('{'); open != path.npos; open = path.find('{', open + 1)) {
        names.push_back(path.substr(open + 1, path.find('}', open) - open - 1));
    }
    return names;
}

json::array described_parameters(const std::vector<std::string_view>& names, const Operation& operation)
{
    json::array parameters;
    for (const auto name : names) {
        parameters.push_back({{"name", name},
                              {"in", "path"},
                              {"required", true},
                              {"schema", {{"type", "string"}, {"title", title_of(name)}}}});
    }
    for (const auto& [name, type, description] : operation.query) {
        parameters.push_back({{"name", name},
                              {"in", "query"},
                              {"required", false},
                              {"description", description},
                              {"schema", {{"type", type}, {"title", title_of(name)}}}});
    }
    return parameters;
}

json::object success(const Operation& operation)
{
    json::object answer{{"description", "Successful Response"}};
    if (operation.answer == Operation::Answer::file) {
        answer["content"] = content("application/octet-stream", {{"type", "string"}, {"format", "binary"}});
    } else if (operation.response) {
        answer["content"] = content("application/json", reference(operation.response->name()));
    } else if (operation.status != 204) {
        answer["content"] = content("application/json", {});
    }
    return answer;
}

json::object responses(const Route& route, bool is_validated)
{
    const Operation& operation = *route.description;
    json::object responses{{std::to_string(operation.status), success(operation)}};
    Failures failures;
    for (const ErrorCode code : operation.failures) {
        failures.add(code);
    }
    if (route.guard) {
        failures.add(ErrorCode::not_authenticated);
        failures.add(ErrorCode::invalid_access_token);
    }
    if (route.limit || route.caller_limit) {
        failures.add(ErrorCode::rate_limited);
    }
    if (route.guard || operation.request) {
        failures.add(ErrorCode::unavailable);
    }
    failures.describe_in(responses);
    if (is_validated) {
        responses["422"] = {{"description", "Validation Error"},
                            {"content", content("application/json", reference("HTTPValidationError"))}};
    }
    return responses;
}

json::object described(const Route& route)
{
    const Operation& operation = *route.description;
    const auto parameters = described_parameters(path_parameters(route.path), operation);
    json::object result;
    if (!operation.tag.empty()) {
        result["tags"] = json::array{operation.tag};
    }
    result["summary"] = operation.summary;
    if (!operation.description.empty()) {
        result["description"] = operation.description;
    }
    result["operationId"] = operation.id;
    if (route.guard) {
        result["security"] = json::array{{{"HTTPBearer", json::array{}}}};
    }
    if (!parameters.empty()) {
        result["parameters"] = parameters;
    }
    if (operation.request) {
        result["requestBody"] = {
            {"content", content(operation.request->media_type(), reference(operation.request->name()))},
            {"required", true}};
    }
    result["responses"] = responses(route, operation.request != nullptr || !parameters.empty());
    return result;
}

/// What every answer that is no success looks like.
void add_failure_schemas(json::object& schemas)
{
    schemas["Failure"] = {{"properties", {{"detail", {{"type", "string"}, {"title", "Detail"}}}}},
                          {"type", "object"},
                          {"required", json::array{"detail"}},
                          {"title", "Failure"}};
    schemas["HTTPValidationError"] = {
        {"properties", {{"detail", {{"items", reference("ValidationError")}, {"type", "array"}, {"title", "Detail"}}}}},
        {"type", "object"},
        {"title", "HTTPValidationError"}};
    const json::object location{{"items", {{"anyOf", {{{"type", "string"}}, {{"type", "integer"}}}}}},
                                {"type", "array"},
                                {"title", "Location"}};
    schemas["ValidationError"] = {{"properties",
                                   {{"loc", location},
                                    {"msg", {{"type", "string"}, {"title", "Message"}}},
                                    {"type", {{"type", "string"}, {"title", "Error Type"}}},
                                    {"input", {{"title", "Input"}}},
                                    {"ctx", {{"type", "object"}, {"title", "Context"}}}}},
                                  {"type", "object"},
                                  {"required", json::array{"loc", "msg", "type"}},
                                  {"title", "ValidationError"}};
}

json::object sorted(json::object members)
{
    std::map<std::string, json::value> by_name;
    for (auto& member : members) {
        by_name.emplace(member.key(), std::move(member.value()));
    }
    json::object result;
    for (auto& [name, value] : by_name) {
        result[name] = std::move(value);
    }
    return result;
}

}

std::string openapi(std::span<const Route> routes, const ApiInfo& info)
{
    json::object paths;
    json::object schemas;
    add_failure_schemas(schemas);
    for (const Route& route : routes) {
        if (!route.description) {
            continue;
        }
        std::string method = route.method;
        std::ranges::transform(method, method.begin(), [](unsigned char c) { return std::tolower(c); });
        auto& operations = paths.emplace(route.path, json::object{}).first->value().as_object();
        operations[method] = described(route);
        for (const BodySchema* body : {route.description->request, route.description->response}) {
            if (body) {
                schemas[body->name()] = body->schema();
            }
        }
    }
    return json::serialize(
        json::object{{"openapi", "3.1.0"},
                     {"info", {{"title", info.title}, {"version", info.version}}},
                     {"paths", std::move(paths)},
                     {"components",
                      {{"schemas", sorted(std::move(schemas))},
                       {"securitySchemes", {{"HTTPBearer", {{"type", "http"}, {"scheme", "bearer"}}}}}}}});
}

}
