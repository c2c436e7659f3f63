#pragma once

#include "http/operation.hpp"
#include "http/request.hpp"
#include "http/response.hpp"
#include "login/login.hpp"
#include "runtime/task.hpp"

namespace watchword::login {

extern const http::Operation login_operation;

/// 200 with an access and a refresh token.
Task<http::Response> post_login(Login& login, const http::Request& request);

}
