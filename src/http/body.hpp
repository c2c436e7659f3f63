#pragma once

#include "http/body_schema.hpp"
#include "http/field_type.hpp"
#include "http/json_reader.hpp"
#include "http/request.hpp"
#include "http/response.hpp"
#include "http/validation.hpp"

#include <expected>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <boost/json/value.hpp>

namespace watchword::http {

/// What a declared member is, without the C++ type of its body.
struct Member {
    std::string_view name;
    std::string prefix; ///< what stands before its value in JSON text: `"email":`
    bool required;      ///< may not be left out
    StringRule rule;
    boost::json::value otherwise; ///< what stands for it where it is left out; null: nothing
    boost::json::object schema;   ///< of its type alone
};

/// The members of `value`, or null where it is no object.
const boost::json::object* members_of(const boost::json::value& value);

/// `model_attributes_type`: the body is no object.
ValidationError not_an_object();

/// The JSON Schema of an object with these members.
boost::json::object object_schema(std::string_view name, const std::vector<Member>& members);

/// The declaration of one request or response body. Parsing, the 422 answers, serialization and the schema all come
/// from it:
///
///     const http::Body<LoginRequest> login_request = http::Body<LoginRequest>("LoginRequest")
///         .field("email", &LoginRequest::email)
///         .field("password", &LoginRequest::password);
///
/// Made once, at the start, and then only read, from every thread. `T` has a default constructor. Names are literals
/// without characters that JSON escapes.
template <class T>
class Body final : public BodySchema {
public:
    explicit Body(std::string_view name) : name_(name) {}

    /// Adds a member. `length` bounds a string in code points. A member whose FieldType has no `read` stands in answers
    /// only: parse leaves it alone.
    template <class Type>
    Body& field(std::string_view name, Type T::* member, Length length = {});

    /// Says of the member before that its characters follow `pattern` (an object that lives as long as the program).
    Body& matching(const Pattern& pattern);

    /// Says of the member before that it may be left out and then is `value`.
    Body& otherwise(boost::json::value value);

    /// Lets the first member stand for the whole body: a body that is a string instead of an object, as JSON or as
    /// plain text, is that member. The description does not tell.
    Body& or_plain_string();

    /// Reads the request's body as the service that this one replaces did: every wrong field is reported at once, in
    /// the order of declaration; unknown fields are ignored; of duplicate keys the last wins. An error is a whole
    /// answer (422, or 400 where the bytes are no text).
    std::expected<T, Response> parse(const Request& request) const;

    /// The JSON text of a value, fields in the order of declaration.
    std::string serialize(const T& value) const;

    std::string_view name() const override { return name_; }
    boost::json::object schema() const override;

private:
    struct Field : Member {
        std::function<std::optional<ValidationError>(T&, const boost::json::value&)> read; // empty: in answers only
        std::function<void(std::string&, const T&)> write;
    };

    T read(const boost::json::value& value, ValidationErrors& errors) const;
    void read(const Field& field, T& result, const boost::json::value& value, ValidationErrors& errors) const;

    std::string_view name_;
    std::vector<Field> fields_;
    bool may_be_plain_string_ = false;
};

template <class T>
template <class Type>
Body<T>& Body<T>::field(std::string_view name, Type T::* member, Length length)
{
    Field& field = fields_.emplace_back();
    field.name = name;
    field.prefix = '"' + std::string(name) + "\":";
    field.required = !FieldType<Type>::optional;
    field.rule.length = length;
    field.schema = FieldType<Type>::schema();
    field.write = [member](std::string& out, const T& object) { FieldType<Type>::write(out, object.*member); };
    if constexpr (ReadableFieldType<Type>) {
        field.read = [member](T& object, const boost::json::value& value) -> std::optional<ValidationError> {
            auto result = FieldType<Type>::read(value);
            if (!result) {
                return std::move(result.error());
            }
            object.*member = std::move(*result);
            return std::nullopt;
        };
    }
    return *this;
}

template <class T>
Body<T>& Body<T>::matching(const Pattern& pattern)
{
    fields_.back().rule.pattern = &pattern;
    return *this;
}

template <class T>
Body<T>& Body<T>::otherwise(boost::json::value value)
{
    fields_.back().required = false;
    fields_.back().otherwise = std::move(value);
    return *this;
}

template <class T>
Body<T>& Body<T>::or_plain_string()
{
    may_be_plain_string_ = true;
    return *this;
}

template <class T>
std::expected<T, Response> Body<T>::parse(const Request& request) const
{
    if (const auto value = read_strictly(request)) {
        ValidationErrors errors;
        T result = read(*value, errors);
        if (errors.empty()) {
            return result;
        }
    }
    const auto value = read_exactly(request);
    if (!value) {
        return std::unexpected(value.error());
    }
    ValidationErrors errors;
    T result = read(*value, errors);
    if (!errors.empty()) {
        return std::unexpected(errors.response());
    }
    return result;
}

template <class T>
T Body<T>::read(const boost::json::value& value, ValidationErrors& errors) const
{
    T result{};
    if (may_be_plain_string_ && value.is_string()) {
        read(fields_.front(), result, value, errors);
        return result;
    }
    const auto* members = members_of(value);
    if (!members) {
        errors.add(not_an_object(), value);
        return result;
    }
    for (const Field& field : fields_) {
        if (const auto* member = members->if_contains(field.name)) {
            read(field, result, *member, errors);
        } else if (field.required) {
            errors.add(field.name, field_required(), value);
        } else if (!field.otherwise.is_null()) {
            read(field, result, field.otherwise, errors);
        }
    }
    return result;
}

template <class T>
void Body<T>::read(const Field& field, T& result, const boost::json::value& value, ValidationErrors& errors) const
{
    if (!field.read) {
        return;
    }
    auto error = field.read(result, value);
    if (!error) {
        error = field.rule.judge(value);
    }
    if (error) {
        errors.add(field.name, *error, value);
    }
}

template <class T>
std::string Body<T>::serialize(const T& value) const
{
    std::string text;
    text.reserve(256); // more than a profile
    char separator = '{';
    for (const Field& field : fields_) {
        text += separator;
        text += field.prefix;
        field.write(text, value);
        separator = ',';
    }
    text += '}';
    return text;
}

template <class T>
boost::json::object Body<T>::schema() const
{
    return object_schema(name_, {fields_.begin(), fields_.end()});
}

/// A declared body as an answer: `json(201, user_read, user)`.
template <class T>
Response json(unsigned status, const Body<T>& body, const T& value)
{
    return json_text(status, body.serialize(value));
}

}
