#pragma once

#include "accounts/account_store.hpp"
#include "http/operation.hpp"
#include "http/request.hpp"
#include "http/response.hpp"
#include "runtime/task.hpp"

namespace watchword::profile {

extern const http::Operation read_operation;

/// Shows the caller's own account. A token whose account is gone is no longer a token: 401.
Task<http::Response> get_profile(accounts::AccountStore& accounts, const http::Request& request);

}
