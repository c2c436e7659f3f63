#pragma once

#include "base/result.hpp"
#include "http/body_stream.hpp"
#include "http/operation.hpp"
#include "http/request.hpp"
#include "http/response.hpp"
#include "runtime/task.hpp"

#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

namespace watchword::http {

/// Decides from the head of a request who is calling, before the body is read. The room that knows tokens implements
/// it.
class Guard {
public:
    virtual ~Guard() = default;
    virtual Task<Result<Caller>> admit(const Request& request) = 0;
};

/// Decides from the head of a request whether its client may ask once more now. The room that counts implements it.
class Limit {
public:
    virtual ~Limit() = default;
    virtual Task<Result<>> take(const Request& request) = 0;
};

using Handler = std::function<Task<Response>(const Request&)>;

/// Whether requests of a route stand in the access log.
enum class AccessLog {
    written,
    silent, ///< for health checks, which would drown everything else
};

/// One line of the route table. What most routes leave as it is stands at the end.
struct Route {
    std::string method;
    std::string path;             ///< with `{name}` for a segment that varies
    Guard* guard;                 ///< null: open to everyone
    Limit* limit;                 ///< null: never counted
    const Operation* description; ///< null: works, but stands in no API description
    Handler handler;
    BodyKind body = BodyKind::whole;
    std::optional<std::uint64_t> body_bytes_max = std::nullopt; ///< nothing: PipelineOptions::body_bytes_max
    Limit* caller_limit = nullptr; ///< looked at when the guard has said who is calling; null: never counted
    AccessLog access_log = AccessLog::written;
};

/// Makes a handler from a function and the feature that it serves: `bind(post_login, app.login)`.
template <class Feature>
Handler bind(Task<Response> (*function)(Feature&, const Request&), Feature& feature)
{
    return [function, &feature](const Request& request) { return function(feature, request); };
}

/// What the table says of a method and a path.
struct Match {
    enum class Outcome { found, not_found, method_not_allowed, redirect } outcome;
    const Route* route = nullptr;             ///< found
    std::vector<std::string> path_parameters; ///< found
    std::string allow;                        ///< method_not_allowed: the value of `Allow`
    std::string location;                     ///< redirect: the same path with or without its trailing slash
};

/// The route table, made once at the start. Read from every I/O thread.
///
/// Methods and paths are compared byte by byte: `//auth/login`, `/auth/../auth/login` and `/auth/login;x` are other
/// paths than `/auth/login`, and nothing is found at them. HEAD is answered where it stands in the table and nowhere
/// else.
class Router {
public:
    /// Throws std::invalid_argument where two routes have the same method and path, or a path does not begin with `/`.
    explicit Router(std::vector<Route> routes);

    Router(const Router&) = delete;
    Router& operator=(const Router&) = delete;

    /// `path` is percent-decoded and without the query. `{name}` stands for any segment that is not empty; a path
    /// without such goes before those with, and among these the first in the table wins. A path that exists only with,
    /// or only without, a trailing slash is a redirect, whatever the method. CONNECT, and `*` as the path, ask for no
    /// resource of ours: they are told every method that the table has.
    Match match(std::string_view method, std::string_view path) const;

    const std::vector<Route>& routes() const { return routes_; }

private:
    struct TextHash {
        using is_transparent = void;
        std::size_t operator()(std::string_view text) const { return std::hash<std::string_view>()(text); }
    };
    using ByMethod = std::map<std::string, const Route*, std::less<>>; // sorted, as `Allow` lists them
    struct Pattern {
        std::string path;
        ByMethod by_method;
    };

    const ByMethod* find(std::string_view path, std::vector<std::string>& parameters) const;
    std::string every_method() const;

    std::vector<Route> routes_;
    std::unordered_map<std::string, ByMethod, TextHash, std::equal_to<>> fixed_;
    std::vector<Pattern> patterns_;
};

}
