#include "accounts/email_address_http.hpp"

#include "http/json_writer.hpp"

#include <utility>

namespace watchword::http {

std::expected<accounts::EmailAddress, ValidationError>
FieldType<accounts::EmailAddress>::read(const boost::json::value& value)
{
    const auto text = FieldType<std::string>::read(value);
    if (!text) {
        return std::unexpected(text.error());
    }
    auto address = accounts::EmailAddress::parse(*text);
    if (!address) {
        const std::string& reason = address.error();
        return std::unexpected(
            ValidationError{"value_error", "value is not a valid email address: " + reason, {{"reason", reason}}});
    }
    return *std::move(address);
}

void FieldType<accounts::EmailAddress>::write(std::string& out, const accounts::EmailAddress& address)
{
    append_string(out, address.text);
}

}
