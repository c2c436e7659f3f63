#include "app/app.hpp"
#include "app/version.hpp"

#include "app/data_folder.hpp"
#include "app/file_store.hpp"
#include "app/health_http.hpp"
#include "app/housekeeping.hpp"
#include "app/routes.hpp"
#include "app/settings_applied.hpp"
#include "app/stores.hpp"
#include "base/log.hpp"
#include "crypto/hash_scheduler.hpp"
#include "crypto/keys.hpp"
#include "files/files.hpp"
#include "http/docs_pages.hpp"
#include "http/openapi.hpp"
#include "http/pipeline.hpp"
#include "http/server.hpp"
#include "login/login.hpp"
#include "mail/delivery.hpp"
#include "rate_limits/account_limit_http.hpp"
#include "rate_limits/address_limit_http.hpp"
#include "rate_limits/rate_limiter_memory.hpp"
#include "rate_limits/rate_limiter_redis.hpp"
#include "redis/client.hpp"
#include "runtime/background.hpp"
#include "sessions/bearer_guard_http.hpp"

#include <csignal>
#include <cstdlib>
#include <iostream>

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/signal_set.hpp>
#include <fmt/format.h>

namespace watchword {
namespace {

template <class Feature>
Feature::Cache::Options cache_options(const Settings& settings)
{
    return {.entries_max = settings.cache.entries_max, .lifetime = settings.cache.lifetime};
}

/// One that ends soon is told of at the start and at each reload.
void log_certificate(const http::TlsCertificate& certificate)
{
    const auto left = certificate.time_left();
    const auto days = std::chrono::floor<std::chrono::days>(left).count();
    if (left < std::chrono::seconds::zero()) {
        log::warning("app", "the certificate in TLS_CERT_FILE has expired: clients will refuse it");
    } else if (left < std::chrono::days{14}) {
        log::warning("app", "the certificate in TLS_CERT_FILE ends soon", {{"days_left", days}});
    } else {
        log::info("app", "speaking TLS", {{"days_left", days}});
    }
}

}

/// Every object of the service, in the order in which they are made; they are destroyed in the reverse order.
struct App::Parts {
    const Settings& settings;
    SystemClock clock;
    IoThreads threads{settings.listen.io_threads};
    Background background{threads};
    asio::io_context& first = threads.context(0); // where what exists once lives: signals, mail, housekeeping

    // The data folder, the key in it, and the database.
    const std::filesystem::path data_folder = make_data_folder(settings.files.data_folder);
    const SecretText secret_key = signing_key(settings);
    const crypto::Keys keys{secret_key};
    ChangeFeed changes; // of the database, for what is kept of it in memory
    std::unique_ptr<Stores> stores = make_stores({settings, threads, clock, changes});

    // What is kept elsewhere.
    std::unique_ptr<redis::Client> redis = make_redis(settings, threads); // null: this instance is alone
    rate_limits::MemoryRateLimiter local_limiter{settings.rate_limits.entries_max};
    std::unique_ptr<rate_limits::RateLimiter> shared_limiter =
        redis ? rate_limits::make_redis_rate_limiter(*redis, local_limiter) : nullptr;
    rate_limits::RateLimiter& limiter = redis ? *shared_limiter : local_limiter;
    FileStore file_store{settings, data_folder, clock};

    // Mail: sealed in the outbox, taken out by one worker.
    const mail::Sealer sealer{keys};
    std::unique_ptr<mail::Mailer> mailer = make_mailer(settings, std::cout);
    mail::Delivery delivery{first.get_executor(), {*stores->outbox, sealer, *mailer, clock}, delivery_limits(settings)};

    // The features.
    crypto::HashScheduler hashes{hash_options(settings)};
    const sessions::Tokens tokens{token_settings(settings, secret_key)};
    sessions::LivingSessions living{*stores->sessions, changes, cache_options<sessions::LivingSessions>(settings)};
    sessions::Sessions sessions{*stores->sessions, living, tokens, clock, session_settings(settings)};
    std::unique_ptr<profile::SharedProfiles> shared_profiles =
        make_shared_profiles(settings, redis.get(), threads, background, keys); // null: nothing is shared
    profile::Profiles profiles{*stores->accounts, shared_profiles.get(), changes,
                               cache_options<profile::Profiles>(settings)};
    files::Files files{file_store.objects(), *stores->accounts, settings.files.upload_bytes_max};
    const verification::OneTimeCodes codes{keys, sealer, code_settings(settings)};
    verification::Verification verification{
        *stores->codes,
        codes,
        *stores->counters,
        keys,
        hashes,
        delivery,
        clock,
        {rates(settings.rate_limits.codes), rates(settings.rate_limits.code_failures)},
        settings.passwords.account_existence};
    registration::Registration registration{
        *stores->registrations, hashes, codes, verification, delivery, clock, settings.passwords.account_existence};
    login::LoginAttempts attempts{*stores->counters, *stores->known_clients, keys, clock,
                                  rates(settings.rate_limits.login_failures)};
    login::Login login{*stores->accounts, attempts, hashes, sessions, background};
    Health health{settings.service.project_name, [this](Deadline deadline) { return database_answers(deadline); },
                  [this] { return !redis || redis->answers(); }};
    Housekeeping housekeeping{first.get_executor(), *stores, clock};

    // The way in.
    const http::TrustedProxies proxies = http::TrustedProxies::parse(settings.listen.trusted_proxies).value();
    rate_limits::UntrustedProxyNotice notice{proxies};
    sessions::BearerGuard signed_in{sessions};
    rate_limits::AddressLimit login_limit{limiter, notice, "login", rates(settings.rate_limits.login)};
    rate_limits::AddressLimit refresh_limit{limiter, notice, "refresh", rates(settings.rate_limits.refresh)};
    rate_limits::AddressLimit send_otp_limit{limiter, notice, "send-otp", rates(settings.rate_limits.send_otp)};
    rate_limits::AddressLimit verify_otp_limit{limiter, notice, "verify-otp", rates(settings.rate_limits.verify_otp)};
    rate_limits::AddressLimit otherwise_limit{limiter, notice, "otherwise", rates(settings.rate_limits.otherwise)};
    rate_limits::AccountLimit file_limit{limiter, "file-writes", rates(settings.rate_limits.otherwise)};
    const http::Router router{routes()};
    const http::Pipeline pipeline = make_pipeline(settings, router, proxies);
    std::optional<http::TlsCertificate> certificate = make_certificate(settings);
    http::Server server{threads, endpoints(settings.listen.addresses), pipeline,
                        certificate ? with_tls(server_options(settings), *certificate, settings.listen.hsts)
                                    : server_options(settings)};

    // The health checks on an address of their own, for an orchestrator that must not reach the API.
    const http::Router admin_router{health_routes(health)};
    const http::Pipeline admin_pipeline = make_pipeline(settings, admin_router, proxies);
    http::Server admin_server{threads, endpoints(settings.listen.admin_addresses), admin_pipeline,
                              server_options(settings)};

    asio::signal_set signals{first, SIGTERM, SIGINT};
    asio::signal_set hangups{first};
    TaskGroup workers{first.get_executor()};
    asio::steady_timer stores_tried{first, std::chrono::seconds{5}}; // a long migration is not waited for
    std::exception_ptr refused;                                      // why it cannot go on

    std::vector<http::Route> routes()
    {
        auto all = service_routes(
            settings.service.api_prefix, {registration, verification, login, sessions, profiles, files, health},
            {signed_in, login_limit, refresh_limit, send_otp_limit, verify_otp_limit, otherwise_limit, file_limit});
        if (settings.service.docs) {
            const auto description = http::openapi(all, {settings.service.project_name, std::string(version)});
            for (auto& route : http::docs_routes(description)) {
                all.push_back(std::move(route));
            }
        }
        return all;
    }

    Task<bool> database_answers(Deadline deadline)
    {
        try {
            co_await stores->ask(deadline.within(std::chrono::seconds{2}));
            co_return true;
        } catch (const std::exception& exception) {
            log::error("app", "the database does not answer", {{"reason", exception.what()}});
            co_return false;
        }
    }

    /// Reads the certificate again at each SIGHUP, as tools that renew it expect. Without TLS that signal means what it
    /// always does: the terminal is gone.
    Task<> watch_certificate()
    {
        log_certificate(*certificate);
        hangups.add(SIGHUP);
        for (;;) {
            const auto [error, signal] = co_await hangups.async_wait(asio::as_tuple(asio::use_awaitable));
            if (error) {
                co_return;
            }
            try {
                certificate->reload();
                log_certificate(*certificate);
            } catch (const std::exception& exception) {
                log::error("app", "goes on with the old certificate", {{"reason", exception.what()}});
            }
        }
    }

    /// Ends the wait of `open`, also where it has not begun.
    void let_requests_in() { stores_tried.expires_at(std::chrono::steady_clock::time_point::min()); }

    /// Tries until the database is there, and works on what is in it; meanwhile requests are answered 503.
    Task<> open_stores()
    {
        const auto deadline = Deadline::after(settings.database.start_timeout);
        try {
            while (!health.draining && !co_await stores->open(deadline)) {
                let_requests_in();
                asio::steady_timer pause(first, std::chrono::milliseconds{500});
                co_await pause.async_wait(asio::use_awaitable);
            }
        } catch (...) {
            refused = std::current_exception();
            signals.cancel();
        }
        let_requests_in();
        if (!health.draining && !refused) {
            workers.spawn("mail", delivery.run());
            co_await housekeeping.run();
        }
    }

    /// Lets requests in, once database and Redis have been tried: so the first ones too are answered, and counted with
    /// the other instances.
    Task<> open()
    {
        co_await stores_tried.async_wait(asio::as_tuple(asio::use_awaitable));
        if (redis) {
            redis->start();
            co_await redis->attempted();
        }
        if (!health.draining && !refused) {
            server.start();
            admin_server.start();
        }
    }

    /// Waits for the signal, or for a reason not to go on, and stops everything in order: first what comes in, then
    /// what is under way, then what works on its own.
    Task<> serve_until_told_to_stop()
    {
        co_await signals.async_wait(asio::as_tuple(asio::use_awaitable));
        health.draining = true;
        signals.async_wait([](const auto& error, int) {
            if (!error) {
                std::_Exit(EXIT_FAILURE); // told twice: at once
            }
        });
        if (settings.listen.drain > std::chrono::seconds::zero() && !refused) {
            log::info("app", "draining: still answering", {{"seconds", settings.listen.drain.count()}});
            server.drain();
            asio::steady_timer drained(first, settings.listen.drain);
            co_await drained.async_wait(asio::use_awaitable);
        }
        log::info("app", "stopping: finishing what is under way");
        co_await server.stop();
        co_await admin_server.stop();
        housekeeping.stop();
        delivery.stop(Deadline::after(settings.listen.stop_timeout));
        co_await background.wait();
        if (redis) {
            co_await redis->stop();
        }
        co_await workers.wait();
        co_await stores->stop();
        signals.cancel();
        hangups.cancel();
        log::info("app", "stopped");
        threads.finish();
    }
};

App::App(const Settings& settings) : parts_(new Parts{.settings = settings}) {}

App::~App() = default;

void App::run()
{
    auto& parts = *parts_;
    parts.workers.spawn("file store", parts.file_store.prepare());
    TaskGroup stopping(parts.first.get_executor());
    stopping.spawn("stop", parts.serve_until_told_to_stop());
    parts.workers.spawn("stores", parts.open_stores());
    if (parts.certificate) {
        stopping.spawn("certificate", parts.watch_certificate());
    }
    parts.workers.spawn("open", parts.open());
    parts.threads.start();
    parts.threads.wait();
    if (parts.refused) {
        std::rethrow_exception(parts.refused);
    }
}

}
