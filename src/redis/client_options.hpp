#pragma once

#include "redis/location.hpp"

#include <chrono>
#include <string>

namespace watchword::redis {

struct ClientOptions {
    Location location;
    std::string ca_file; ///< PEM; empty: the authorities of the system
    std::chrono::milliseconds command_timeout{50};
};

}
