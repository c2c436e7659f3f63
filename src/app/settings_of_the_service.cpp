#include "app/settings_readers.hpp"

namespace watchword {

using namespace reader;

SettingGroup settings_of_the_service()
{
    using Service = Settings::Service;
    return group<Service>(
        "Service", &Settings::service,
        {
            {"PROJECT_NAME", line(&Service::project_name), "Watchword",
             "What the service calls itself in `GET /`, in the API description and in its mail.",
             "Something must stand there; set the name that your users know."},
            {"API_V1_STR", parsed(&Service::api_prefix, parse_path_prefix, "a path such as `/api/v1`"), "/api/v1",
             "The path under which the API stands.", "Where the clients of the service that this one replaces look."},
            {"DOCS", flag(&Service::docs), "on",
             "Whether `/docs`, `/redoc` and `/openapi.json` are served; they are open to everyone.",
             "They were served before, and they tell nothing secret."},
        });
}

SettingGroup settings_of_listening()
{
    using Listen = Settings::Listen;
    return group<Listen>(
        "Listening", &Settings::listen,
        {
            {"LISTEN",
             parsed(&Listen::addresses, parse_endpoints,
                    "`address:port`, several separated by commas, IPv6 as `[::1]:8000`"),
             Default::unset("`HOST`:`PORT`"), "Where the service listens; port 0 takes a free one.",
             "Two simple variables are enough for one address."},
            {"HOST", line(&Listen::host), "127.0.0.1", "The IP address to listen on where `LISTEN` is not set.",
             "Only this machine reaches it: a proxy with TLS belongs in front."},
            {"PORT", number(&Listen::port, {0, 65535}, "TCP port"), "8000",
             "The port to listen on where `LISTEN` is not set.", "The port of the service that this one replaces."},
            {"ADMIN_LISTEN",
             parsed(&Listen::admin_addresses, parse_endpoints,
                    "`address:port`, several separated by commas, IPv6 as `[::1]:8001`"),
             Default::unset("no such listener"), "Where metrics and health are served apart from the API.",
             "A port that nobody watches is a port too many."},
            {"TRUSTED_PROXIES",
             parsed(&Listen::trusted_proxies, parse_trusted_proxies,
                    "addresses and networks such as `10.0.0.0/8`, separated by commas"),
             Default::unset("nobody is trusted"), "The proxies whose `X-Forwarded-For` tells who the client is.",
             "Whoever is believed without need can pretend to be anybody."},
            {"BACKEND_CORS_ORIGINS",
             parsed(&Listen::cors_origins, parse_origins, "origins such as `https://app.example.com`, or `*`"),
             Default::unset("no page of another origin"),
             "The web pages that may call the API from a browser; `*` lets every page, but without credentials.",
             "Only you know which pages are yours."},
            {"IO_THREADS", threads(&Listen::io_threads), "0", "How many threads serve requests; 0 is one per core.",
             "They never wait for anything else than the network, so more than cores gain nothing."},
            {"TLS_CERT_FILE",
             parsed(&Listen::certificate_file, parse_readable_file, "the path of a PEM file that can be read"),
             Default::unset("plain HTTP"),
             "The certificate of the listener, with its chain behind it; SIGHUP reads it again.",
             "A proxy in front usually has it."},
            {"TLS_KEY_FILE", parsed(&Listen::key_file, parse_readable_file, "the path of a PEM file that can be read"),
             Default::unset("plain HTTP"), "The key of that certificate, without a passphrase.", "As above."},
            {"HSTS_SECONDS", duration(&Listen::hsts, {0, 63'072'000}), "31536000",
             "With a certificate: how long browsers shall use nothing but TLS for this host; 0 does not ask them to.",
             "A year, as the HSTS preload list wants it."},
            {"DRAIN_SECONDS", duration(&Listen::drain, {0, 3600}), "0",
             "How long the service still answers after SIGTERM, while `/readyz` says 503 and each answer is the last "
             "of "
             "its connection.",
             "Ctrl-C works at once. Behind a load balancer: longer than two of its health checks."},
            {"STOP_TIMEOUT_SECONDS", duration(&Listen::stop_timeout, {0, 3600}), "10",
             "How long a stop then waits for requests in flight.", "As long as a request may take."},
        });
}

SettingGroup settings_of_http()
{
    using Http = Settings::Http;
    return group<Http>(
        "Bounds of connections and requests", &Settings::http,
        {
            {"CONNECTIONS_MAX", number(&Http::connections_max, {1, 1'000'000}, "connections"), "10000",
             "How many clients may be connected at once; more are turned away.",
             "Below the usual limits of open files of a service, and more than a few cores can answer."},
            {"CONNECTIONS_PER_ADDRESS_MAX", number(&Http::connections_per_address_max, {1, 1'000'000}, "connections"),
             "100", "How many of them one address may hold; trusted proxies and this machine are exempt.",
             "Browsers hold six, an office behind one address some dozens."},
            {"BODY_BYTES_MAX", number(&Http::body_bytes_max, {1024, 16'777'216}, "bytes"), "65536",
             "How long a JSON body may be; a longer one is answered 413.",
             "The longest body that means anything has a few kilobytes."},
            {"HEADER_BYTES_MAX", number(&Http::header_bytes_max, {1024, 65'536}, "bytes"), "8192",
             "How long the head of a request may be; beyond it is 431. The target may have 4096 of it, and there may "
             "be 100 fields.",
             "As nginx; tokens and the cookies of other services on the same domain fit in."},
            {"HEADER_TIMEOUT_SECONDS", duration(&Http::header_timeout, {1, 600}), "10",
             "How long a client may take to send the head of a request.",
             "A head is one or two packets; whoever drips it wants to hold the connection."},
            {"BODY_TIMEOUT_SECONDS", duration(&Http::body_timeout, {1, 3600}), "30",
             "How long a client may take to send a JSON body.", "64 KiB over a slow mobile link take 20 seconds."},
            {"WRITE_TIMEOUT_SECONDS", duration(&Http::write_timeout, {1, 3600}), "30",
             "How long a client may take none of its answer before it is cut.",
             "Longer than a phone needs to change from one network to another."},
            {"IDLE_TIMEOUT_SECONDS", duration(&Http::idle_timeout, {1, 3600}), "75",
             "How long a connection is kept open between two requests.",
             "Longer than the 60 seconds of nginx, so that the proxy is the one that closes."},
            {"REQUEST_TIMEOUT_SECONDS", duration(&Http::request_timeout, {1, 600}), "10",
             "How long a request may take in all, waits for the database included; then it is answered 503.",
             "Clients and proxies give up at about 30 seconds and should learn why before."},
        });
}

SettingGroup settings_of_rate_limits()
{
    using RateLimits = Settings::RateLimits;
    return group<RateLimits>(
        "Limits", &Settings::rate_limits,
        {
            {"RATE_LIMIT_LOGIN", rates(&RateLimits::login), "10/minute", "How often one address may try to log in.",
             "The limit of the service that this one replaces; people need two or three."},
            {"RATE_LIMIT_REFRESH", rates(&RateLimits::refresh), "30/minute",
             "How often one address may refresh tokens.", "As before; an office behind one address fits in."},
            {"RATE_LIMIT_SEND_OTP", rates(&RateLimits::send_otp), "5/minute",
             "How often one address may ask for a code.", "As before; each of them sends a mail."},
            {"RATE_LIMIT_VERIFY_OTP", rates(&RateLimits::verify_otp), "10/minute",
             "How often one address may try a code.", "As before; a code is typed once or twice."},
            {"RATE_LIMIT_DEFAULT", rates(&RateLimits::otherwise), "100/minute",
             "How often one address may register or log out.", "The number that the old settings promised."},
            {"RATE_LIMIT_ENTRIES_MAX", number(&RateLimits::entries_max, {64, 100'000'000}, "clients"), "100000",
             "How many clients are remembered for these limits; beyond it new ones share a count with their "
             "neighbours.",
             "About 20 MB when all are in use."},
            {"LOGIN_FAILURES_PER_ACCOUNT", rates(&RateLimits::login_failures), "10/15 minutes;30/hour;100/day",
             "How many wrong passwords an account takes from everywhere together; clients that have logged in to it "
             "before are counted apart.",
             "NIST SP 800-63B allows at most 100 failures in a row."},
            {"CODE_FAILURES_PER_ACCOUNT", rates(&RateLimits::code_failures), "10/hour;25/day",
             "How many wrong codes an account takes from everywhere together.",
             "25 guesses a day at a million codes succeed once in a hundred years."},
            {"CODES_PER_MAILBOX", rates(&RateLimits::codes), "5/hour;10/day",
             "How many mails with a code one mailbox is sent.", "Nobody's mailbox can be flooded through us."},
        });
}

SettingGroup settings_of_the_log()
{
    using Log = Settings::Log;
    return group<Log>(
        "Log", &Settings::log,
        {
            {"LOG_LEVEL",
             choice(&Log::level, {{"debug", log::Level::debug},
                                  {"info", log::Level::info},
                                  {"warning", log::Level::warning},
                                  {"error", log::Level::error}}),
             "info", "The least important lines that are written.",
             "A line for each event that somebody may ask about."},
            {"LOG_FORMAT", choice(&Log::format, {{"text", log::Format::text}, {"json", log::Format::json}}), "text",
             "Lines for people, in the form of the service that this one replaces, or one JSON object a line.",
             "What reads the old log file goes on reading it."},
            {"LOG_FILE", parsed(&Log::file, parse_log_file, "a path, or `off` for standard error alone"),
             "logs/app.log",
             "The file that gets every line besides standard error, rotated at 5 MB, five old ones kept.",
             "Where the log was before."},
        });
}

}
