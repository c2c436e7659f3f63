#pragma once

#include "http/operation.hpp"
#include "http/request.hpp"
#include "http/response.hpp"
#include "profile/profiles.hpp"
#include "runtime/task.hpp"

namespace watchword::profile {

extern const http::Operation read_operation;

/// Shows the caller's own account. A token whose account is gone is no longer a token: 401.
Task<http::Response> get_profile(Profiles& profiles, const http::Request& request);

}
