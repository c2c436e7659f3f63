#include "sessions/sessions_http.hpp"

#include "sessions/bearer_guard_http.hpp"

namespace watchword::sessions {
namespace {

struct RefreshTokenRequest {
    SecretText refresh_token;
};

const auto refresh_token_request = http::Body<RefreshTokenRequest>("RefreshTokenRequest")
                                       .field("refresh_token", &RefreshTokenRequest::refresh_token, {.min = 10})
                                       .or_plain_string();

constexpr std::size_t longest_user_agent = 255;

}

const http::Body<TokenPair> token = http::Body<TokenPair>("Token")
                                        .field("token_type", &TokenPair::token_type)
                                        .otherwise("bearer")
                                        .field("expires_at", &TokenPair::expires_at)
                                        .field("access_token", &TokenPair::access_token)
                                        .field("access_token_expires_in", &TokenPair::access_token_expires_in);

const http::Body<TokenPair> token_with_refresh =
    http::Body<TokenPair>("TokenWithRefresh")
        .field("token_type", &TokenPair::token_type)
        .otherwise("bearer")
        .field("expires_at", &TokenPair::expires_at)
        .field("access_token", &TokenPair::access_token)
        .field("access_token_expires_in", &TokenPair::access_token_expires_in)
        .field("refresh_token", &TokenPair::refresh_token)
        .field("refresh_token_expires_in", &TokenPair::refresh_token_expires_in);

const http::Operation refresh_operation{
    .id = "refresh_access_token_api_v1_auth_refresh_token_post",
    .tag = "auth",
    .summary = "Refresh Access Token",
    .description = "Refresh an access token using a refresh token.",
    .request = &refresh_token_request,
    .response = &token,
};

const http::Operation logout_operation{
    .id = "logout_api_v1_auth_logout_post",
    .tag = "auth",
    .summary = "Logout",
    .description = "End the session of the access token; its refresh token ends with it.",
    .status = 204,
};

Client client_of(const http::Request& request)
{
    return {.address = request.client.text(),
            .network = http::limit_key(request.client),
            .user_agent = request.header("user-agent").value_or("").substr(0, longest_user_agent)};
}

Task<http::Response> post_refresh_token(Sessions& sessions, const http::Request& request)
{
    const auto body = refresh_token_request.parse(request);
    if (!body) {
        co_return body.error();
    }
    const Client client = client_of(request);
    const auto pair = co_await sessions.refresh(body->refresh_token.reveal(), client, request.deadline);
    if (!pair) {
        co_return http::failure(pair.error());
    }
    co_return http::json(200, pair->refresh_token.empty() ? token : token_with_refresh, *pair);
}

Task<http::Response> post_logout(Sessions& sessions, const http::Request& request)
{
    const Sessions::Admission admission{request.caller->account, request.caller->session};
    const std::string access_token = bearer_token(request).value_or("");
    co_await sessions.end(admission, access_token, request.deadline);
    co_return http::no_content();
}

}
