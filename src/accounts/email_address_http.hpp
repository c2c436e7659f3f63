#pragma once

#include "accounts/email_address.hpp"
#include "http/field_type.hpp"

namespace watchword::http {

/// An address as EmailAddress::parse reads it; in an answer its `text`.
template <>
struct FieldType<accounts::EmailAddress> {
    static std::expected<accounts::EmailAddress, ValidationError> read(const boost::json::value& value);
    static void write(std::string& out, const accounts::EmailAddress& address);
    static boost::json::object schema() { return {{"type", "string"}, {"format", "email"}}; }
    static constexpr bool optional = false;
};

}
