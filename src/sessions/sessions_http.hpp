#pragma once

#include "http/body.hpp"
#include "http/operation.hpp"
#include "http/request.hpp"
#include "http/response.hpp"
#include "runtime/task.hpp"
#include "sessions/sessions.hpp"

namespace watchword::sessions {

/// The schemas `Token` and `TokenWithRefresh`.
extern const http::Body<TokenPair> token;
extern const http::Body<TokenPair> token_with_refresh;

extern const http::Operation refresh_operation;
extern const http::Operation logout_operation;

/// What a session remembers of whoever sent the request.
Client client_of(const http::Request& request);

/// 200 with a new access token.
Task<http::Response> post_refresh_token(Sessions& sessions, const http::Request& request);

/// 204; the session of the caller has ended.
Task<http::Response> post_logout(Sessions& sessions, const http::Request& request);

}
