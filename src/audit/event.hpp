#pragma once

#include "base/time.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace watchword::audit {

/// Something that happened to an account or to what belongs to it. A record of it can never be removed: it holds
/// neither addresses of people nor anything secret.
struct Event {
    Instant at;
    std::string name;                    ///< subject and what became of it: `mail.given_up`
    std::optional<std::int64_t> user_id; ///< nothing where no account is known
    std::string client_address;          ///< who asked for it; empty where nobody did
    std::string request_id;              ///< as the log has it; empty where there was no request
    std::string details = "{}";          ///< a JSON object
};

/// An event as the trail keeps it.
struct Record {
    std::int64_t id = 0;
    Event event;
    std::vector<unsigned char> previous_hash;
    std::vector<unsigned char> hash;
};

}
