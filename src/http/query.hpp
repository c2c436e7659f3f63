#pragma once

#include "http/request.hpp"

#include <optional>
#include <string>
#include <string_view>

namespace watchword::http {

/// The value of a parameter of the query, `name=value` between `&`, decoded once, `+` being a blank; of several the
/// last. Nothing where there is none. The bytes need not be UTF-8.
std::optional<std::string> query_parameter(const Request& request, std::string_view name);

}
