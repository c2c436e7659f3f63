#pragma once

#include "app/health_http.hpp"
#include "files/files.hpp"
#include "http/route.hpp"
#include "login/login.hpp"
#include "profile/profiles.hpp"
#include "registration/registration.hpp"
#include "sessions/sessions.hpp"
#include "verification/verification.hpp"

#include <string>
#include <vector>

namespace watchword {

/// What the routes serve.
struct Features {
    registration::Registration& registration;
    verification::Verification& verification;
    login::Login& login;
    sessions::Sessions& sessions;
    profile::Profiles& profiles;
    files::Files& files;
    Health& health;
};

/// Who may pass before a body is read.
struct Gates {
    http::Guard& signed_in;
    http::Limit& login;
    http::Limit& refresh;
    http::Limit& send_otp;
    http::Limit& verify_otp;
    http::Limit& otherwise;
    http::Limit& file_writes;
};

/// The API and the health checks; `api` is the prefix, `/api/v1`.
std::vector<http::Route> service_routes(const std::string& api, Features features, Gates gates);

/// The health checks alone, for a listener of their own.
std::vector<http::Route> health_routes(Health& health);

}
