#pragma once

#include "base/error_code.hpp"

#include <chrono>
#include <expected>

namespace watchword {

/// An outcome that depends on the input. A broken world (database gone, disk full) is an exception instead.
struct Error {
    ErrorCode code;
    std::chrono::seconds retry_after{0}; ///< how long the client should wait; 0 where waiting changes nothing

    bool operator==(const Error&) const = default;
};

template <class T = void>
using Result = std::expected<T, Error>;

[[nodiscard]] inline std::unexpected<Error> fail(ErrorCode code, std::chrono::seconds retry_after = {})
{
    return std::unexpected(Error{code, retry_after});
}

}
