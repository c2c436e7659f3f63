#include "profile/profile_http.hpp"

#include "accounts/account_http.hpp"

namespace watchword::profile {

const http::Operation read_operation{
    .id = "read_users_me_api_v1_users_profile_get",
    .tag = "users",
    .summary = "Read Users Me",
    .response = &accounts::user_read,
};

Task<http::Response> get_profile(Profiles& profiles, const http::Request& request)
{
    const auto account = co_await profiles.read(request.caller->account, request.deadline);
    if (!account) {
        co_return http::failure({ErrorCode::invalid_access_token});
    }
    co_return http::json(200, accounts::user_read, *account);
}

}
