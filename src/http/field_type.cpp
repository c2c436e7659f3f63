#include "http/field_type.hpp"

#include "base/utf8.hpp"
#include "http/json_writer.hpp"

namespace watchword::http {

std::expected<std::string, ValidationError> FieldType<std::string>::read(const boost::json::value& value)
{
    const auto* string = value.if_string();
    if (!string) {
        return std::unexpected(ValidationError{"string_type", "Input should be a valid string"});
    }
    std::string text(string->data(), string->size());
    if (!utf8::valid(text)) {
        return std::unexpected(ValidationError{
            "string_unicode", "Input should be a valid string, unable to parse raw data as a unicode string"});
    }
    return text;
}

void FieldType<std::string>::write(std::string& out, const std::string& text)
{
    append_string(out, text);
}

std::expected<SecretText, ValidationError> FieldType<SecretText>::read(const boost::json::value& value)
{
    auto text = FieldType<std::string>::read(value);
    if (!text) {
        return std::unexpected(std::move(text.error()));
    }
    return SecretText(std::move(*text));
}

void FieldType<SecretText>::write(std::string& out, const SecretText& secret)
{
    append_string(out, secret.reveal());
}

std::expected<bool, ValidationError> FieldType<bool>::read(const boost::json::value& value)
{
    if (const auto* flag = value.if_bool()) {
        return *flag;
    }
    return std::unexpected(ValidationError{"bool_type", "Input should be a valid boolean"});
}

void FieldType<bool>::write(std::string& out, bool flag)
{
    out += flag ? "true" : "false";
}

std::expected<std::int64_t, ValidationError> FieldType<std::int64_t>::read(const boost::json::value& value)
{
    if (const auto* number = value.if_int64()) {
        return *number;
    }
    return std::unexpected(ValidationError{"int_type", "Input should be a valid integer"});
}

void FieldType<std::int64_t>::write(std::string& out, std::int64_t number)
{
    append_integer(out, number);
}

void FieldType<Instant>::write(std::string& out, Instant instant)
{
    out += '"';
    out += to_rfc3339(instant);
    out += '"';
}

}
