#pragma once

#include "base/result.hpp"
#include "http/address.hpp"
#include "http/body_stream.hpp"
#include "runtime/deadline.hpp"
#include "runtime/task.hpp"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace watchword::http {

struct Header {
    std::string name; ///< as it was sent; names are compared without case (RFC 9110 §5.1)
    std::string value;
};

/// Whether both are the same text but for the case of ASCII letters, as names of headers and many tokens are compared.
bool same_but_for_case(std::string_view one, std::string_view other);

/// Who the access token says is calling. Set by the route's guard, before the body is read.
struct Caller {
    std::int64_t account = 0;
    std::string session; ///< the `sid`; empty for a token of the service that this one replaces
};

/// One request as a handler sees it: its head has passed the framing gate, its path is decoded once, and its body,
/// where the route takes it whole, has been read. Belongs to one I/O thread.
struct Request {
    std::string id;     ///< our own, 128 random bits in hex; in every log line and in the answer's `X-Request-ID`
    std::string method; ///< upper case as sent; methods are case-sensitive (RFC 9110 §9.1)
    std::string path;   ///< percent-decoded once, without the query; valid UTF-8 without NUL
    std::string query;  ///< as sent, without the `?`
    std::vector<Header> headers;
    std::string body;                         ///< of a route with BodyKind::whole; empty where none was sent
    BodyReader* body_stream = nullptr;        ///< of a route with BodyKind::stream; valid while its handler runs
    std::vector<std::string> path_parameters; ///< what stood in place of each `{…}` of the route, in order
    Address client;                           ///< the client itself, also behind trusted proxies
    std::optional<Caller> caller;             ///< set where the route has a guard

    /// When the request gives up: 10 s after its head was read, and anew when its body was, unless the settings say
    /// otherwise.
    Deadline deadline = Deadline::after(std::chrono::seconds{10});

    /// The value of the only header of that name; nothing where there is none. Several are joined with `, `
    /// (RFC 9110 §5.3).
    std::optional<std::string> header(std::string_view name) const;

    /// How many headers have that name.
    std::size_t count(std::string_view name) const;
};

}
