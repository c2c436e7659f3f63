#pragma once

#include "http/route.hpp"

#include <span>
#include <string>

namespace watchword::http {

/// What the description says of the service as a whole.
struct ApiInfo {
    std::string title;
    std::string version;
};

/// The OpenAPI 3.1 document of the routes that have a description, as JSON text; the same bytes for the same routes.
///
/// Everything that a client's generator names things after (operation ids, schemas, properties) comes from the
/// declarations. Answers that follow from the route are added: 422 where there is a body or a path parameter, 401 and
/// `HTTPBearer` behind a guard, 429 behind a limit, 503 where there is one of them. It names no server: the paths are
/// complete, and whoever reads the document under a path prefix knows from where he has it.
std::string openapi(std::span<const Route> routes, const ApiInfo& info);

}
