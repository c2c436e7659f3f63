#pragma once

#include "http/route.hpp"

#include <string>
#include <vector>

namespace watchword::http {

/// The routes of `/openapi.json`, which is `description`, of the page `/docs` that shows it, and of what the page
/// loads. GET and HEAD, open to everyone, never counted, in no description. `/redoc` is the same page.
///
/// The page asks for nothing beyond this server, and all its addresses are relative, so that it works below the path
/// prefix of a reverse proxy. Its `Content-Security-Policy` allows what it needs and no inline script.
std::vector<Route> docs_routes(std::string description);

}
