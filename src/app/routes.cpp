#include "app/routes.hpp"

#include "files/files_http.hpp"
#include "login/login_http.hpp"
#include "profile/profile_http.hpp"
#include "registration/registration_http.hpp"
#include "sessions/sessions_http.hpp"
#include "verification/verification_http.hpp"

namespace watchword {

using http::bind;

// clang-format off
std::vector<http::Route> service_routes(const std::string& api, Features to, Gates gate)
{
    http::Guard* const open = nullptr;
    http::Limit* const unlimited = nullptr;
    http::Guard* const signed_in = &gate.signed_in;
    const auto form_bytes_max = to.files.bytes_max() + files::form_bytes_around_file;

    std::vector<http::Route> routes{
    //   method   path                            guard       limit             description                      handler
        {"POST",  api + "/auth/login",            open,       &gate.login,      &login::login_operation,         bind(login::post_login, to.login)},
        {"POST",  api + "/auth/refresh-token",    open,       &gate.refresh,    &sessions::refresh_operation,    bind(sessions::post_refresh_token, to.sessions)},
        {"POST",  api + "/auth/logout",           signed_in,  &gate.otherwise,  &sessions::logout_operation,     bind(sessions::post_logout, to.sessions)},
        {"POST",  api + "/auth/send-otp",         open,       &gate.send_otp,   &verification::send_operation,   bind(verification::post_send_otp, to.verification)},
        {"POST",  api + "/auth/verify-otp",       open,       &gate.verify_otp, &verification::verify_operation, bind(verification::post_verify_otp, to.verification)},
        {"POST",  api + "/users",                 open,       &gate.otherwise,  &registration::create_operation, bind(registration::post_user, to.registration)},
        {"GET",   api + "/users/profile",         signed_in,  unlimited,        &profile::read_operation,        bind(profile::get_profile, to.profiles)},
        {"POST",  api + "/users/upload-file",     signed_in,  unlimited,        &files::upload_operation,        bind(files::post_file, to.files), http::BodyKind::stream, form_bytes_max, &gate.file_writes},
        {"GET",   api + "/users/files",           signed_in,  unlimited,        &files::list_operation,          bind(files::get_files, to.files)},
        {"GET",   api + "/users/download-file/{file_name}",   signed_in, unlimited, &files::download_operation,  bind(files::get_file, to.files)},
        {"DELETE", api + "/users/delete-file/{object_name}",  signed_in, unlimited, &files::delete_operation,    bind(files::delete_file, to.files), http::BodyKind::whole, std::nullopt, &gate.file_writes},
        {"GET",   "/",                            open,       unlimited,        &root_operation,                 bind(get_root, to.health)},
    };
    for (auto& route : health_routes(to.health)) {
        routes.push_back(std::move(route));
    }
    return routes;
}

std::vector<http::Route> health_routes(Health& health)
{
    std::vector<http::Route> routes{
        {"GET",   "/healthz",                     nullptr,    nullptr,          &liveness_operation,             bind(get_healthz, health)},
        {"HEAD",  "/healthz",                     nullptr,    nullptr,          nullptr,                         bind(get_healthz, health)},
        {"GET",   "/readyz",                      nullptr,    nullptr,          &readiness_operation,            bind(get_readyz, health)},
        {"HEAD",  "/readyz",                      nullptr,    nullptr,          nullptr,                         bind(get_readyz, health)},
    };
    for (auto& route : routes) {
        route.access_log = http::AccessLog::silent;
    }
    return routes;
}
// clang-format on

}
