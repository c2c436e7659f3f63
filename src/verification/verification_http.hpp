#pragma once

#include "http/operation.hpp"
#include "http/request.hpp"
#include "http/response.hpp"
#include "runtime/task.hpp"
#include "verification/verification.hpp"

namespace watchword::verification {

extern const http::Operation send_operation;
extern const http::Operation verify_operation;

/// 200 once the code is stored; its mail follows.
Task<http::Response> post_send_otp(Verification& verification, const http::Request& request);

/// 200 when the address is proven, also when it was before.
Task<http::Response> post_verify_otp(Verification& verification, const http::Request& request);

}
