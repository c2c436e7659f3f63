#pragma once

#include "http/address.hpp"
#include "http/cors.hpp"
#include "http/framing.hpp"
#include "http/incoming_body.hpp"
#include "http/request.hpp"
#include "http/response.hpp"
#include "http/route.hpp"
#include "runtime/task.hpp"

#include <chrono>
#include <cstdint>

namespace watchword::http {

struct PipelineOptions {
    /// For a route that says nothing else: every JSON body of the API fits many times.
    std::uint64_t body_bytes_max = 64 * 1024;

    /// For everything that a request awaits, the hash queue included; clients and proxies give up after 30 to 60 s.
    std::chrono::milliseconds request_timeout = std::chrono::seconds{10};
};

/// What happens to every request between its head and its answer, in one order for all routes. Made once at the start,
/// used from every I/O thread.
class Pipeline {
public:
    /// The router and everything that its routes name must outlive the pipeline.
    Pipeline(const Router& router, TrustedProxies proxies, Cors cors, PipelineOptions options = {});

    /// Answers a request whose head has been read: `request.client` is the peer of the socket, the body is unread.
    /// Fills in what the handler finds in the request. Never throws for what a handler, guard or limit throws: that is
    /// answered 500, or 503 where it is Unavailable, and logged. Writes the access log.
    Task<Response> answer(Request& request, IncomingBody& body) const;

    /// The answer to what is no acceptable request. `head` is as much of it as has come.
    Response refuse(Request& request, const Rejection& rejection, std::string_view head) const;

    const TrustedProxies& proxies() const { return proxies_; }
    const Cors& cors() const { return cors_; }

private:
    Task<Response> run_steps(Request& request, IncomingBody& body, const Match& match) const;
    Result<> accept_body(const Route& route, Request& request, IncomingBody& body) const;
    void log_access(const Request& request, const Response& response, const Match& match,
                    std::chrono::steady_clock::time_point began) const;

    const Router& router_;
    TrustedProxies proxies_;
    Cors cors_;
    PipelineOptions options_;
};

}
