#pragma once

#include "http/route.hpp"
#include "sessions/sessions.hpp"

#include <optional>
#include <string>

namespace watchword::sessions {

/// The token of `Authorization: Bearer …` (RFC 6750 §2.1; the scheme in any case). Nothing where the header is missing,
/// of another scheme, or sent more than once.
std::optional<std::string> bearer_token(const http::Request& request);

/// Admits whoever carries a living access token. Errors: `not_authenticated` without a token, `invalid_access_token`.
class BearerGuard final : public http::Guard {
public:
    explicit BearerGuard(Sessions& sessions) : sessions_(sessions) {}

    Task<Result<http::Caller>> admit(const http::Request& request) override;

private:
    Sessions& sessions_;
};

}
