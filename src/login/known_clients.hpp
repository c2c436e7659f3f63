#pragma once

#include "base/time.hpp"
#include "runtime/deadline.hpp"
#include "runtime/task.hpp"

#include <string>

namespace watchword::login {

/// Which clients have logged in to which address lately. Both are known by their HMAC only.
class KnownClients {
public:
    virtual ~KnownClients() = default;

    /// Whether `client` has logged in to `address` at `since` or later. Throws Unavailable.
    virtual Task<bool> is_known(const std::string& address, const std::string& client, Instant since,
                                Deadline deadline) = 0;

    /// Remembers a login. Throws Unavailable.
    virtual Task<> remember(const std::string& address, const std::string& client, Instant now, Deadline deadline) = 0;

    /// Forgets logins before `before`, at most `limit` of them. Throws Unavailable.
    virtual Task<> sweep(Instant before, int limit, Deadline deadline) = 0;
};

}
