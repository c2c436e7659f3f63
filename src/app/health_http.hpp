#pragma once

#include "http/operation.hpp"
#include "http/request.hpp"
#include "http/response.hpp"
#include "runtime/deadline.hpp"
#include "runtime/task.hpp"

#include <atomic>
#include <functional>
#include <string>

namespace watchword {

/// What the service says of itself.
struct Health {
    std::string project_name;
    std::function<Task<bool>(Deadline)> database_answers; ///< asked at each `/readyz`; gives up by itself
    std::function<bool()> redis_answers; ///< asked then too, on the I/O thread; true where there is none
    std::atomic<bool> draining = false;  ///< set when the process has been told to stop
};

extern const http::Operation root_operation;
extern const http::Operation liveness_operation;
extern const http::Operation readiness_operation;

/// `GET /`: always the same, whatever is broken; clients of the old service know it.
Task<http::Response> get_root(Health& health, const http::Request& request);

/// `GET /healthz`: 200 while the process can answer at all. Depends on nothing, so that a database that is gone does
/// not make an orchestrator restart every instance.
Task<http::Response> get_healthz(Health& health, const http::Request& request);

/// `GET /readyz`: 200 while requests can be served; 503 without the database and while stopping, so that a load
/// balancer sends them elsewhere. Without Redis they are served: it only says so.
Task<http::Response> get_readyz(Health& health, const http::Request& request);

}
