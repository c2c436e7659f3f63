#pragma once

#include <string_view>

namespace watchword {

/// Every way in which a request can fail because of what was asked. A feature picks one of these and never invents a
/// status number or a text: both stand in one table, so that two failures that must look the same cannot drift apart.
enum class ErrorCode {
    email_already_registered,
    email_already_verified,
    email_not_verified,
    user_not_found,
    incorrect_credentials,
    invalid_or_expired_code,
    code_recently_sent,
    invalid_refresh_token,
    not_authenticated,
    invalid_access_token,
    rate_limited,
    overloaded,
    unavailable,
    internal,
    file_not_found,
    not_found,
    method_not_allowed,
    bad_request,
    unreadable_body,
    invalid_multipart,
    payload_too_large,
    request_timeout,
    unsupported_content_encoding,
    range_not_satisfiable,
    expectation_failed,
};

/// What the world learns of an ErrorCode.
struct ErrorDescription {
    ErrorCode code;
    std::string_view name;   ///< snake_case; stands in logs and metrics, stable across releases
    unsigned status;         ///< HTTP status (RFC 9110 §15)
    std::string_view detail; ///< the text of `{"detail": …}`; clients compare it, so it is part of the contract
};

/// The one row of the table that describes `code`.
const ErrorDescription& describe(ErrorCode code);

}
