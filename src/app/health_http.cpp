#include "app/health_http.hpp"

#include "http/body.hpp"

namespace watchword {
namespace {

struct Status {
    std::string status;
    std::string service;
};

const auto root_body =
    http::Body<Status>("ServiceStatus").field("status", &Status::status).field("service", &Status::service);
const auto health_body = http::Body<Status>("HealthStatus").field("status", &Status::status);

}

const http::Operation root_operation{.id = "read_root__get", .tag = "", .summary = "Read Root"};
const http::Operation liveness_operation{
    .id = "read_liveness_healthz_get", .tag = "health", .summary = "Read Liveness", .response = &health_body};
const http::Operation readiness_operation{
    .id = "read_readiness_readyz_get", .tag = "health", .summary = "Read Readiness", .response = &health_body};

Task<http::Response> get_root(Health& health, const http::Request&)
{
    co_return http::json(200, root_body, Status{"ok", health.project_name});
}

Task<http::Response> get_healthz(Health&, const http::Request&)
{
    co_return http::json(200, health_body, Status{"ok", ""});
}

Task<http::Response> get_readyz(Health& health, const http::Request& request)
{
    if (health.draining) {
        co_return http::json(503, health_body, Status{"stopping", ""});
    }
    const bool answers = co_await health.database_answers(request.deadline);
    if (!answers) {
        co_return http::json(503, health_body, Status{"the database does not answer", ""});
    }
    if (!health.redis_answers()) {
        co_return http::json(200, health_body, Status{"ok, but Redis does not answer", ""});
    }
    co_return http::json(200, health_body, Status{"ok", ""});
}

}
