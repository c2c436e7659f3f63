#pragma once

#include <stdexcept>

namespace watchword {

/// A store or server that the service needs cannot be used now: it is gone, full, locked or too slow. The request is
/// answered 503 with `Retry-After`; the text goes to the log and never to the client.
class Unavailable : public std::runtime_error {
public:
    using std::runtime_error::runtime_error;
};

}
