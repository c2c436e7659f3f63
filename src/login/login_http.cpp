#include "login/login_http.hpp"

#include "accounts/email_address_http.hpp"
#include "http/body.hpp"
#include "sessions/sessions_http.hpp"

namespace watchword::login {
namespace {

const auto login_request = http::Body<Credentials>("LoginRequest")
                               .field("email", &Credentials::email)
                               .field("password", &Credentials::password);

}

const http::Operation login_operation{
    .id = "login_access_token_api_v1_auth_login_post",
    .tag = "auth",
    .summary = "Login Access Token",
    .request = &login_request,
    .response = &sessions::token_with_refresh,
};

Task<http::Response> post_login(Login& login, const http::Request& request)
{
    auto body = login_request.parse(request);
    if (!body) {
        co_return body.error();
    }
    auto client = sessions::client_of(request);
    const auto tokens = co_await login.run(std::move(*body), std::move(client), request.deadline);
    if (!tokens) {
        co_return http::failure(tokens.error());
    }
    co_return http::json(200, sessions::token_with_refresh, *tokens);
}

}
