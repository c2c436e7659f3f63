#pragma once

#include "http/request.hpp"
#include "http/response.hpp"

#include <expected>
#include <optional>

#include <boost/json/value.hpp>

/// From the bytes of a body to a JSON value. Reading has two steps so that the usual body is read once and quickly, and
/// only what is unusual or wrong is read as the service that this one replaces read it.
namespace watchword::http {

/// The value of a body that Boost.JSON accepts (RFC 8259, UTF-8, at most 32 levels); nothing for any other. Of equal
/// keys the last wins. Numbers beyond 64 bits are rounded.
std::optional<boost::json::value> read_strictly(const Request& request);

/// The value of any body, as FastAPI has it: JSON where the `Content-Type` is `application/json` or
/// `application/*+json`, and the body as one string elsewhere. An error is the whole answer: 422 for no body and for
/// what is no JSON, 400 where the bytes are no text or nest too deeply.
std::expected<boost::json::value, Response> read_exactly(const Request& request);

}
