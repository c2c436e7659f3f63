#include "app/settings_applied.hpp"

#include "app/settings_signing_key.hpp"
#include "mail/folder_mailer.hpp"
#include "mail/smtp_mailer.hpp"
#include "profile/shared_profiles_redis.hpp"

#include <fmt/format.h>

namespace watchword {

rate_limits::Rates rates(const std::string& text)
{
    return rate_limits::Rates::parse(text).value();
}

std::vector<asio::ip::tcp::endpoint> endpoints(const std::vector<Endpoint>& addresses)
{
    std::vector<asio::ip::tcp::endpoint> all;
    all.reserve(addresses.size());
    for (const auto& address : addresses) {
        all.emplace_back(asio::ip::make_address(address.address), address.port);
    }
    return all;
}

SecretText signing_key(const Settings& settings)
{
    return settings.tokens.secret_key.empty() ? load_or_create_signing_key(settings.files.data_folder)
                                              : settings.tokens.secret_key;
}

sessions::TokenSettings token_settings(const Settings& settings, const SecretText& key)
{
    using Legacy = sessions::TokenSettings::Legacy;
    return {.algorithm = settings.tokens.algorithm,
            .secret_key = key,
            .previous_key = settings.tokens.previous_key,
            .previous_key_until = settings.tokens.previous_key_until.value_or(Instant{}),
            .access_lifetime = settings.tokens.access_lifetime,
            .refresh_lifetime = settings.tokens.refresh_lifetime,
            .legacy = settings.tokens.legacy ? Legacy::accepted : Legacy::refused};
}

sessions::SessionSettings session_settings(const Settings& settings)
{
    using Rotation = sessions::SessionSettings::Rotation;
    return {.rotation = settings.tokens.rotation ? Rotation::on : Rotation::off,
            .grace = settings.tokens.rotation_grace,
            .longest = settings.tokens.session_longest};
}

std::unique_ptr<redis::Client> make_redis(const Settings& settings, IoThreads& threads)
{
    const auto& redis = settings.redis;
    if (!redis.location) {
        return nullptr;
    }
    const redis::ClientOptions options{*redis.location, redis.ca_file, redis.command_timeout};
    return std::make_unique<redis::Client>(threads, options);
}

std::unique_ptr<profile::SharedProfiles> make_shared_profiles(const Settings& settings, redis::Client* redis,
                                                              IoThreads& threads, Background& background,
                                                              const crypto::Keys& keys)
{
    if (!redis || !settings.database.server) {
        return nullptr;
    }
    return profile::make_redis_shared_profiles(*redis, threads, background, keys, settings.cache.lifetime);
}

crypto::HashOptions hash_options(const Settings& settings)
{
    return {.policy = {.scheme = settings.passwords.scheme, .bcrypt_cost = settings.passwords.bcrypt_cost},
            .threads = settings.passwords.hash_threads,
            .longest_wait = settings.passwords.hash_queue};
}

verification::CodeSettings code_settings(const Settings& settings)
{
    return {.length = settings.codes.length,
            .lifetime = settings.codes.lifetime,
            .resend_interval = settings.codes.resend_interval,
            .attempts = settings.codes.attempts_max,
            .project_name = settings.service.project_name,
            .old_form = settings.codes.old_form ? verification::CodeSettings::OldForm::bcrypt
                                                : verification::CodeSettings::OldForm::none};
}

postgres::DatabaseOptions postgres_options(const Settings& settings)
{
    const auto& database = settings.database;
    return {.connection = {.location = *database.server,
                           .prepares = database.prepared_statements,
                           .statement_timeout = database.statement_timeout},
            .write_connections = static_cast<std::size_t>(database.pool_size),
            .extra_connections = static_cast<std::size_t>(database.pool_overflow_max),
            .waiting_time = database.pool_timeout,
            .recycle = database.pool_recycle};
}

postgres::ConnectionOptions direct_postgres_connection(const Settings& settings)
{
    const auto& database = settings.database;
    return {.location = database.listen_server ? *database.listen_server : *database.server};
}

std::unique_ptr<mail::Mailer> make_mailer(const Settings& settings, std::ostream& console)
{
    const auto& mail = settings.mail;
    const mail::Sender sender{settings.service.project_name, mail::parse_address(mail.from).value()};
    if (mail.host.empty()) {
        return std::make_unique<mail::FolderMailer>(settings.files.data_folder / "mail", sender, console);
    }
    const mail::SmtpSettings smtp{mail.host,     mail.port,    mail.security, mail.username,
                                  mail.password, mail.ca_file, sender};
    return std::make_unique<mail::SmtpMailer>(smtp, mail.connections_max);
}

mail::Delivery::Limits delivery_limits(const Settings& settings)
{
    mail::Delivery::Limits limits;
    limits.lanes = settings.mail.connections_max;
    limits.attempts = settings.mail.attempts_max;
    limits.keep_buried = settings.mail.keep_dead;
    limits.attempt = settings.mail.timeout;
    limits.lease = settings.mail.timeout + std::chrono::seconds{15}; // and time to record what became of it
    return limits;
}

std::optional<http::TlsCertificate> make_certificate(const Settings& settings)
{
    if (settings.listen.certificate_file.empty()) {
        return std::nullopt;
    }
    return std::optional<http::TlsCertificate>(std::in_place, settings.listen.certificate_file,
                                               settings.listen.key_file);
}

http::ServerOptions with_tls(http::ServerOptions options, const http::TlsCertificate& certificate,
                             std::chrono::seconds hsts)
{
    options.connection.certificate = &certificate;
    if (hsts > std::chrono::seconds::zero()) {
        options.connection.answer_lines = fmt::format("Strict-Transport-Security: max-age={}\r\n", hsts.count());
    }
    return options;
}

http::ServerOptions server_options(const Settings& settings)
{
    const auto& http = settings.http;
    http::ServerOptions options{.connections_max = http.connections_max,
                                .connections_per_client_max = http.connections_per_address_max,
                                .stop_timeout = settings.listen.stop_timeout};
    options.connection.head_bytes_max = http.header_bytes_max;
    options.connection.header_timeout = http.header_timeout;
    options.connection.idle_timeout = http.idle_timeout;
    options.connection.body_timeout = http.body_timeout;
    options.connection.answer_pace.window = http.write_timeout;
    return options;
}

http::Pipeline make_pipeline(const Settings& settings, const http::Router& router, const http::TrustedProxies& proxies)
{
    return {router,
            proxies,
            http::Cors(settings.listen.cors_origins),
            {.body_bytes_max = settings.http.body_bytes_max, .request_timeout = settings.http.request_timeout}};
}

}
