#pragma once

#include "http/operation.hpp"
#include "http/request.hpp"
#include "http/response.hpp"
#include "registration/registration.hpp"
#include "runtime/task.hpp"

namespace watchword::registration {

extern const http::Operation create_operation;

/// 201 with the new account.
Task<http::Response> post_user(Registration& registration, const http::Request& request);

}
