#pragma once

#include "app/settings.hpp"

#include <string>

namespace watchword {

/// What a person is told on standard output once the service listens: where it does, where the data is, where the
/// API can be tried out, and what it would want in production. A few lines, no secret.
std::string greeting(const Settings& settings);

}
