#include "sessions/bearer_guard_http.hpp"

namespace watchword::sessions {

std::optional<std::string> bearer_token(const http::Request& request)
{
    const auto header = request.header("authorization");
    if (!header || request.count("authorization") != 1) {
        return std::nullopt;
    }
    const auto space = header->find(' ');
    if (space == std::string::npos || !http::same_but_for_case(std::string_view(*header).substr(0, space), "bearer")) {
        return std::nullopt;
    }
    std::string token = header->substr(space + 1);
    if (token.empty()) {
        return std::nullopt;
    }
    return token;
}

Task<Result<http::Caller>> BearerGuard::admit(const http::Request& request)
{
    const auto token = bearer_token(request);
    if (!token) {
        co_return fail(ErrorCode::not_authenticated);
    }
    auto admission = co_await sessions_.admit(*token, request.deadline);
    if (!admission) {
        co_return std::unexpected(admission.error());
    }
    co_return http::Caller{admission->account, std::move(admission->session)};
}

}
