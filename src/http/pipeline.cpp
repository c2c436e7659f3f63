#include "http/pipeline.hpp"

#include "base/log.hpp"
#include "base/unavailable.hpp"
#include "http/answer_writer.hpp"
#include "http/request_id.hpp"

#include <exception>
#include <utility>

namespace watchword::http {
namespace {

Response answer_to_no_match(const Request& request, const Match& match)
{
    switch (match.outcome) {
    case Match::Outcome::method_not_allowed: {
        auto response = failure(Error{ErrorCode::method_not_allowed});
        response.with("Allow", match.allow);
        return response;
    }
    case Match::Outcome::redirect: {
        // Relative, so that no Host header of a stranger decides where a client goes next.
        Response response{.status = 307, .headers = {}, .body = {}, .source = {}};
        response.with("Location", request.query.empty() ? match.location : match.location + '?' + request.query);
        return response;
    }
    default:
        return failure(Error{ErrorCode::not_found});
    }
}

bool is_encoded(const Request& request)
{
    const auto encoding = request.header("Content-Encoding");
    return encoding && !same_but_for_case(*encoding, "identity");
}

Response answer_to_exception(const Request& request, const Match& match, std::exception_ptr thrown)
{
    const std::string_view route = match.route ? std::string_view(match.route->path) : "-";
    try {
        std::rethrow_exception(thrown);
    } catch (const Unavailable& error) {
        log::warning("http", "answered 503: something that the request needs is unavailable",
                     {{"reason", error.what()}, {"route", route}, {"request_id", request.id}});
        return failure(Error{ErrorCode::unavailable, std::chrono::seconds{1}});
    } catch (const std::exception& error) {
        log::error("http", "answered 500: the request ended with an exception",
                   {{"reason", error.what()}, {"route", route}, {"request_id", request.id}});
    } catch (...) {
        log::error("http", "answered 500: the request ended with something that is no exception",
                   {{"route", route}, {"request_id", request.id}});
    }
    return failure(Error{ErrorCode::internal});
}

}

Pipeline::Pipeline(const Router& router, TrustedProxies proxies, Cors cors, PipelineOptions options)
    : router_(router), proxies_(std::move(proxies)), cors_(std::move(cors)), options_(options)
{
}

Task<Response> Pipeline::answer(Request& request, IncomingBody& body) const
{
    const auto began = std::chrono::steady_clock::now();

    // Before everything, so that whatever is logged can be found by what the client was told.
    request.id = new_request_id();
    request.deadline = Deadline::after(options_.request_timeout);

    // Before whatever counts or logs clients.
    if (!proxies_.empty()) {
        request.client = proxies_.client(request.client, request.header("X-Forwarded-For").value_or(""));
    }

    auto match = router_.match(request.method, request.path);
    request.path_parameters = std::move(match.path_parameters);

    Response response;
    std::exception_ptr thrown;
    try {
        response = co_await run_steps(request, body, match);
    } catch (...) {
        thrown = std::current_exception();
    }
    if (thrown) {
        response = answer_to_exception(request, match, thrown);
    }
    if (!has_valid_headers(response)) {
        log::error("http", "answered 500: a header of the answer holds a control character",
                   {{"route", match.route ? std::string_view(match.route->path) : "-"}, {"request_id", request.id}});
        response = failure(Error{ErrorCode::internal});
    }
    log_access(request, response, match, began);
    co_return response;
}

Task<Response> Pipeline::run_steps(Request& request, IncomingBody& body, const Match& match) const
{
    // A browser asks without a token and on its own account: before guards, and counted by no limit.
    if (auto preflight = cors_.preflight(request)) {
        co_return std::move(*preflight);
    }
    if (match.outcome != Match::Outcome::found) {
        co_return answer_to_no_match(request, match);
    }
    const auto& route = *match.route;

    // Before the token is looked at, so that guessing tokens is limited too.
    if (route.limit) {
        const auto taken = co_await route.limit->take(request);
        if (!taken) {
            co_return failure(taken.error());
        }
    }

    // Before the body is read: a stranger cannot make us hold a body, and learns nothing of what is wrong with it.
    if (route.guard) {
        auto caller = co_await route.guard->admit(request);
        if (!caller) {
            co_return failure(caller.error());
        }
        request.caller = std::move(*caller);
    }
    if (route.caller_limit) {
        const auto taken = co_await route.caller_limit->take(request);
        if (!taken) {
            co_return failure(taken.error());
        }
    }

    if (const auto accepted = accept_body(route, request, body); !accepted) {
        co_return failure(accepted.error());
    }
    if (route.body == BodyKind::whole && !body.is_finished()) {
        auto whole = co_await body.read_whole();
        if (!whole) {
            co_return failure(whole.error());
        }
        request.body = std::move(*whole);
        // How long the client took to send is not the handler's fault.
        request.deadline = Deadline::after(options_.request_timeout);
    }
    co_return co_await route.handler(request);
}

Result<> Pipeline::accept_body(const Route& route, Request& request, IncomingBody& body) const
{
    if (body.expectation() == Framing::Expectation::unknown) {
        return fail(ErrorCode::expectation_failed);
    }
    // Nothing is unpacked here, so there are no bombs.
    if (is_encoded(request)) {
        return fail(ErrorCode::unsupported_content_encoding);
    }
    if (route.body == BodyKind::stream) {
        request.body_stream = &body;
    }
    return body.accept(route.body, route.body_bytes_max.value_or(options_.body_bytes_max));
}

Response Pipeline::refuse(Request& request, const Rejection& rejection, std::string_view head) const
{
    request.id = new_request_id();
    if (const auto origin = find_in_refused_head(head, "Origin"); !origin.empty()) {
        request.headers.push_back({"Origin", std::string(origin)});
    }
    log::debug("http", "refused what is no acceptable request",
               {{"status", rejection.status},
                {"reason", rejection.reason},
                {"client", request.client.text()},
                {"request_id", request.id}});
    return json_text(rejection.status, "{\"detail\":\"" + std::string(rejection.reason) + "\"}");
}

void Pipeline::log_access(const Request& request, const Response& response, const Match& match,
                          std::chrono::steady_clock::time_point began) const
{
    const bool is_our_failure = response.status >= 500;
    const bool is_silent = match.route && match.route->access_log == AccessLog::silent;
    if (is_silent || !log::enabled(is_our_failure ? log::Level::warning : log::Level::debug)) {
        return;
    }
    // The route instead of the path, and no query: names of files and what people put into links are nobody's business.
    const auto took = std::chrono::duration_cast<std::chrono::milliseconds>(std::chrono::steady_clock::now() - began);
    const auto write = is_our_failure ? log::warning : log::debug;
    write("http", "answered",
          {{"method", request.method},
           {"route", match.route ? std::string_view(match.route->path) : "-"},
           {"status", response.status},
           {"duration_ms", took.count()},
           {"client", request.client.text()},
           {"request_id", request.id}});
}

}
