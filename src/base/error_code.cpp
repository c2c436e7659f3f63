#include "base/error_code.hpp"

#include <algorithm>
#include <array>

namespace watchword {
namespace {

using enum ErrorCode;

constexpr std::array descriptions{
    ErrorDescription{email_already_registered, "email_already_registered", 400, "Email already registered"},
    ErrorDescription{email_already_verified, "email_already_verified", 400, "Email already verified"},
    ErrorDescription{email_not_verified, "email_not_verified", 403,
                     "Email not verified. Please verify your email using the OTP sent to you."},
    ErrorDescription{user_not_found, "user_not_found", 404, "User not found"},
    ErrorDescription{incorrect_credentials, "incorrect_credentials", 400, "Incorrect email or password"},
    ErrorDescription{invalid_or_expired_code, "invalid_or_expired_code", 400, "Invalid or expired OTP"},
    ErrorDescription{code_recently_sent, "code_recently_sent", 429,
                     "OTP recently sent. Please wait before requesting again."},
    ErrorDescription{invalid_refresh_token, "invalid_refresh_token", 401, "Invalid refresh token"},
    ErrorDescription{not_authenticated, "not_authenticated", 401, "Not authenticated"},
    ErrorDescription{invalid_access_token, "invalid_access_token", 401, "Could not validate credentials"},
    ErrorDescription{rate_limited, "rate_limited", 429, "Rate limit exceeded. Please try again later."},
    ErrorDescription{overloaded, "overloaded", 503, "The service is busy. Please try again."},
    ErrorDescription{unavailable, "unavailable", 503, "The service is temporarily unavailable. Please try again."},
    ErrorDescription{internal, "internal", 500, "Internal Server Error"},
    ErrorDescription{file_not_found, "file_not_found", 404, "File not found"},
    ErrorDescription{not_found, "not_found", 404, "Not Found"},
    ErrorDescription{method_not_allowed, "method_not_allowed", 405, "Method Not Allowed"},
    ErrorDescription{bad_request, "bad_request", 400, "Bad Request"},
    ErrorDescription{unreadable_body, "unreadable_body", 400, "There was an error parsing the body"},
    ErrorDescription{invalid_multipart, "invalid_multipart", 400, "Invalid multipart data."},
    ErrorDescription{payload_too_large, "payload_too_large", 413, "Payload Too Large"},
    ErrorDescription{request_timeout, "request_timeout", 408, "Request Timeout"},
    ErrorDescription{unsupported_content_encoding, "unsupported_content_encoding", 415, "Unsupported Content-Encoding"},
    ErrorDescription{range_not_satisfiable, "range_not_satisfiable", 416, "Range Not Satisfiable"},
    ErrorDescription{expectation_failed, "expectation_failed", 417, "Expectation Failed"},
};

}

const ErrorDescription& describe(ErrorCode code)
{
    return *std::ranges::find(descriptions, code, &ErrorDescription::code);
}

}
