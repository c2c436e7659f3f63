#include "app/settings_checks.hpp"

#include "app/settings_values.hpp"
#include "http/address.hpp"

#include <algorithm>

#include <fmt/format.h>

namespace watchword {
namespace {

void complete_listening(Settings::Listen& listen, SettingsFindings& findings)
{
    if (listen.addresses.empty()) {
        auto address = parse_listen_address(listen.host);
        if (!address) {
            findings.wrong("HOST", fmt::format("HOST: {}. Accepted: the IP address to listen on, 0.0.0.0 for every one",
                                               address.error()));
            return;
        }
        listen.addresses.push_back({std::move(*address), listen.port});
    }
    if (listen.certificate_file.empty() != listen.key_file.empty()) {
        const auto* const missing = listen.key_file.empty() ? "TLS_KEY_FILE" : "TLS_CERT_FILE";
        findings.wrong(missing, fmt::format("{}: not set, but TLS needs both a certificate and its key. Accepted: the "
                                            "path of a PEM file",
                                            missing));
    }
    if (std::ranges::find(listen.cors_origins, "*") != listen.cors_origins.end()) {
        findings.warn(
            "BACKEND_CORS_ORIGINS is *: every web page may call the API, so browsers send no credentials along; "
            "list the origins of your own pages");
    }
}

void check_previous_key(Settings::Tokens& tokens, Instant now, SettingsFindings& findings)
{
    if (tokens.previous_key.empty()) {
        return;
    }
    const Instant latest = now + tokens.refresh_lifetime;
    if (!tokens.previous_key_until) {
        findings.wrong("SECRET_KEY_PREVIOUS_UNTIL",
                       fmt::format("SECRET_KEY_PREVIOUS_UNTIL: not set, but SECRET_KEY_PREVIOUS is. Accepted: when its "
                                   "tokens end, for example {}",
                                   to_rfc3339(latest)));
    } else if (*tokens.previous_key_until > latest) {
        findings.wrong(
            "SECRET_KEY_PREVIOUS_UNTIL",
            fmt::format("SECRET_KEY_PREVIOUS_UNTIL: read {}. Accepted: at most REFRESH_TOKEN_EXPIRE_DAYS from "
                        "now, which is {}, when the last token of that key has expired",
                        to_rfc3339(*tokens.previous_key_until), to_rfc3339(latest)));
    } else if (*tokens.previous_key_until <= now) {
        findings.warn("SECRET_KEY_PREVIOUS_UNTIL is over, so SECRET_KEY_PREVIOUS is not used any more: remove both");
        tokens.previous_key = {};
    }
}

void check_key_length(const Settings::Tokens& tokens, SettingsFindings& findings)
{
    const std::size_t wanted = tokens.algorithm == crypto::Algorithm::HS512   ? 64
                               : tokens.algorithm == crypto::Algorithm::HS384 ? 48
                                                                              : 32;
    if (const auto size = tokens.secret_key.reveal().size(); size > 0 && size < wanted) {
        findings.warn(
            fmt::format("SECRET_KEY has {} bytes; RFC 7518 wants at least {} for this ALGORITHM", size, wanted));
    }
}

void choose_security(Settings::Mail& mail, SettingsFindings& findings)
{
    using enum Settings::Mail::Security;
    if (mail.use_tls && mail.use_ssl.value_or(false)) {
        findings.wrong(
            "SMTP_USE_SSL",
            "SMTP_USE_SSL and SMTP_USE_TLS: both are true, but a connection begins in one way only. Accepted: "
            "SMTP_USE_SSL alone where the server expects TLS from the first byte (port 465), SMTP_USE_TLS "
            "alone where it expects STARTTLS (port 587)");
    }
    mail.security = mail.use_tls ? starttls : mail.use_ssl.value_or(true) ? implicit_tls : none;
    if (mail.port == 0) {
        mail.port = mail.security == implicit_tls ? 465 : mail.security == starttls ? 587 : 25;
    }
}

bool is_on_loopback(const std::string& host)
{
    const auto address = http::Address::parse(host);
    return lower_case(host) == "localhost" || (address && address->is_loopback());
}

void complete_mail(Settings::Mail& mail, SettingsFindings& findings)
{
    using enum Settings::Mail::Security;
    choose_security(mail, findings);
    if (mail.from.empty()) {
        mail.from = parse_mail_address(mail.username).value_or(mail.host.empty() ? "no-reply@localhost" : "");
    }
    if (mail.host.empty()) {
        return;
    }
    if (mail.from.empty()) {
        findings.wrong("MAIL_FROM", "MAIL_FROM: not set, and SMTP_USERNAME is no address that could stand in for it. "
                                    "Accepted: the address that mail comes from");
    }
    if (mail.username.empty() && !mail.password.empty()) {
        findings.warn("SMTP_PASSWORD is set without SMTP_USERNAME, so nobody logs in to the mail server");
    }
    const bool logs_in = !mail.username.empty() && !mail.password.empty();
    if (logs_in && mail.security == none && !is_on_loopback(mail.host)) {
        findings.warn(
            "SMTP_USE_SSL and SMTP_USE_TLS are both false, so SMTP_PASSWORD goes over the network for everybody "
            "to read");
    }
    if (mail.port == 465 && mail.security != implicit_tls) {
        findings.warn("SMTP_PORT is 465, where servers expect SMTP_USE_SSL=true");
    }
    if (mail.port == 587 && mail.security == implicit_tls) {
        findings.warn("SMTP_PORT is 587, where servers expect SMTP_USE_TLS=true and SMTP_USE_SSL=false");
    }
}

void check_object_store(const Settings::Files& files, SettingsFindings& findings)
{
    if (files.minio_endpoint.empty()) {
        if (!files.minio_bucket.empty()) {
            findings.warn("MINIO_BUCKET_NAME is set without MINIO_ENDPOINT, so files are kept in DATA_DIR");
        }
        return;
    }
    const auto need = [&](std::string_view name, bool is_there) {
        if (!is_there) {
            findings.wrong(name,
                           fmt::format("{}: not set, but MINIO_ENDPOINT is. Accepted: what the object store knows "
                                       "us by; without MINIO_ENDPOINT files are kept in DATA_DIR",
                                       name));
        }
    };
    need("MINIO_ACCESS_KEY", !files.minio_access_key.empty());
    need("MINIO_SECRET_KEY", !files.minio_secret_key.empty());
    need("MINIO_BUCKET_NAME", !files.minio_bucket.empty());
}

void complete_redis(Settings::Redis& redis, SettingsFindings& findings)
{
    using Encryption = redis::Location::Encryption;
    if (redis.location && !redis.host.empty()) {
        findings.wrong("REDIS_URL", "REDIS_URL and REDIS_HOST: both are set, but there is one Redis. Accepted: one of "
                                    "them, REDIS_URL where more than host, port and database is to be said");
        return;
    }
    if (!redis.host.empty()) {
        redis.location.emplace();
        redis.location->hosts = {{redis.host, redis.port}};
        redis.location->database = redis.database;
    }
    if (!redis.location) {
        if (!redis.password.empty()) {
            findings.warn("REDIS_PASSWORD is set without REDIS_HOST or REDIS_URL, so there is no Redis to log in to");
        }
        return;
    }
    auto& location = *redis.location;
    if (location.password.empty()) {
        location.password = redis.password;
    }
    const bool is_local = !location.socket_path.empty() || std::ranges::all_of(location.hosts, [](const auto& server) {
        return is_on_loopback(server.host);
    });
    if (!location.password.empty() && location.encryption == Encryption::none && !is_local) {
        findings.warn("The password of Redis goes over the network for everybody to read; rediss:// in REDIS_URL "
                      "encrypts it");
    }
    if (!redis.ca_file.empty() && location.encryption == Encryption::none) {
        findings.warn("REDIS_CA_FILE is set, but Redis is not spoken to over TLS: that takes rediss:// in REDIS_URL");
    }
}

}

void SettingsFindings::wrong(std::string_view name, std::string text)
{
    if (!is_wrong(name)) {
        wrong_names_.push_back(name);
        problems_.push_back(std::move(text));
    }
}

bool SettingsFindings::is_wrong(std::string_view name) const
{
    return std::ranges::find(wrong_names_, name) != wrong_names_.end();
}

void complete_settings(Settings& settings, Instant now, SettingsFindings& findings)
{
    complete_listening(settings.listen, findings);
    check_previous_key(settings.tokens, now, findings);
    check_key_length(settings.tokens, findings);
    complete_mail(settings.mail, findings);
    check_object_store(settings.files, findings);
    complete_redis(settings.redis, findings);
    if (settings.database.sqlite_file.empty() && !settings.database.server) {
        settings.database.sqlite_file = settings.files.data_folder / "watchword.db";
    }
    if (settings.passwords.bcrypt_cost < 10) {
        findings.warn(
            fmt::format("BCRYPT_COST is {}: passwords are found quickly by whoever gets hold of the database; "
                        "OWASP asks for at least 10",
                        settings.passwords.bcrypt_cost));
    }
}

}
