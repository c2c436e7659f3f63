#include "registration/registration_http.hpp"

#include "accounts/account_http.hpp"
#include "accounts/email_address_http.hpp"
#include "http/body.hpp"

namespace watchword::registration {
namespace {

const auto user_create = http::Body<Applicant>("UserCreate")
                             .field("email", &Applicant::email)
                             .field("full_name", &Applicant::full_name, {.max = 255})
                             .matching(http::without_nul)
                             .field("password", &Applicant::password, {.min = 6, .max = 512});

}

const http::Operation create_operation{
    .id = "create_user_api_v1_users_post",
    .tag = "users",
    .summary = "Create User",
    .request = &user_create,
    .response = &accounts::user_read,
    .status = 201,
};

Task<http::Response> post_user(Registration& registration, const http::Request& request)
{
    auto body = user_create.parse(request);
    if (!body) {
        co_return body.error();
    }
    const auto account = co_await registration.run(std::move(*body), request.deadline);
    if (!account) {
        co_return http::failure(account.error());
    }
    co_return http::json(201, accounts::user_read, *account);
}

}
