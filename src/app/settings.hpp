#pragma once

#include "accounts/account_existence.hpp"
#include "base/log.hpp"
#include "base/secret.hpp"
#include "base/time.hpp"
#include "crypto/jws.hpp"
#include "crypto/password_hash.hpp"
#include "mail/smtp_settings.hpp"
#include "postgres/location.hpp"
#include "redis/location.hpp"
#include "s3/client.hpp"

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

namespace watchword {

/// An address and a port to listen on.
struct Endpoint {
    std::string address; ///< IPv4 or IPv6, without brackets
    std::uint16_t port = 0;

    bool operator==(const Endpoint&) const = default;
};

/// What an operator has set. Each member is where the variable in its comment lands; what the variable means, its
/// bounds and its default are declared once, in the tables of settings_of_*.cpp. Rates are in the grammar of
/// `rate_limits::Rates` and have been found right.
struct Settings {
    struct Service {
        std::string project_name; ///< `PROJECT_NAME`
        std::string api_prefix;   ///< `API_V1_STR`: begins with a slash and does not end with one
        bool docs = false;        ///< `DOCS`
    } service;

    struct Listen {
        std::vector<Endpoint> addresses;       ///< `LISTEN`, or else `HOST` and `PORT`; never empty
        std::vector<Endpoint> admin_addresses; ///< `ADMIN_LISTEN`; may be empty
        std::string host;                      ///< `HOST`
        std::uint16_t port = 0;                ///< `PORT`
        std::string trusted_proxies;           ///< `TRUSTED_PROXIES`, as `http::TrustedProxies` reads it
        std::vector<std::string> cors_origins; ///< `BACKEND_CORS_ORIGINS`, as browsers write them; `*` alone: all
        std::size_t io_threads = 0;            ///< `IO_THREADS`, at least 1
        std::string certificate_file;          ///< `TLS_CERT_FILE`; empty: no TLS
        std::string key_file;                  ///< `TLS_KEY_FILE`; set where the other is
        std::chrono::seconds hsts{};           ///< `HSTS_SECONDS`
        std::chrono::seconds drain{};          ///< `DRAIN_SECONDS`
        std::chrono::seconds stop_timeout{};   ///< `STOP_TIMEOUT_SECONDS`
    } listen;

    struct Http {
        std::size_t connections_max = 0;             ///< `CONNECTIONS_MAX`
        std::size_t connections_per_address_max = 0; ///< `CONNECTIONS_PER_ADDRESS_MAX`
        std::size_t body_bytes_max = 0;              ///< `BODY_BYTES_MAX`
        std::size_t header_bytes_max = 0;            ///< `HEADER_BYTES_MAX`
        std::chrono::seconds header_timeout{};       ///< `HEADER_TIMEOUT_SECONDS`
        std::chrono::seconds body_timeout{};         ///< `BODY_TIMEOUT_SECONDS`
        std::chrono::seconds write_timeout{};        ///< `WRITE_TIMEOUT_SECONDS`
        std::chrono::seconds idle_timeout{};         ///< `IDLE_TIMEOUT_SECONDS`
        std::chrono::seconds request_timeout{};      ///< `REQUEST_TIMEOUT_SECONDS`
    } http;

    struct RateLimits {
        std::string login;           ///< `RATE_LIMIT_LOGIN`
        std::string refresh;         ///< `RATE_LIMIT_REFRESH`
        std::string send_otp;        ///< `RATE_LIMIT_SEND_OTP`
        std::string verify_otp;      ///< `RATE_LIMIT_VERIFY_OTP`
        std::string otherwise;       ///< `RATE_LIMIT_DEFAULT`
        std::size_t entries_max = 0; ///< `RATE_LIMIT_ENTRIES_MAX`
        std::string login_failures;  ///< `LOGIN_FAILURES_PER_ACCOUNT`
        std::string code_failures;   ///< `CODE_FAILURES_PER_ACCOUNT`
        std::string codes;           ///< `CODES_PER_MAILBOX`
    } rate_limits;

    struct Tokens {
        SecretText secret_key;                                  ///< `SECRET_KEY`; empty: load_or_create_signing_key
        SecretText previous_key;                                ///< `SECRET_KEY_PREVIOUS`; empty: none, or outdated
        std::optional<Instant> previous_key_until;              ///< `SECRET_KEY_PREVIOUS_UNTIL`
        crypto::Algorithm algorithm = crypto::Algorithm::HS256; ///< `ALGORITHM`
        std::chrono::minutes access_lifetime{};                 ///< `ACCESS_TOKEN_EXPIRE_MINUTES`
        std::chrono::days refresh_lifetime{};                   ///< `REFRESH_TOKEN_EXPIRE_DAYS`
        bool rotation = false;                                  ///< `REFRESH_TOKEN_ROTATION`
        std::chrono::seconds rotation_grace{};                  ///< `REFRESH_TOKEN_GRACE_SECONDS`
        std::chrono::days session_longest{};                    ///< `SESSION_EXPIRE_DAYS`
        bool legacy = false;                                    ///< `LEGACY_TOKENS`
    } tokens;

    struct Passwords {
        crypto::PasswordScheme scheme = crypto::PasswordScheme::bcrypt_sha256; ///< `PASSWORD_HASH`
        int bcrypt_cost = 0;                                                   ///< `BCRYPT_COST`
        std::size_t hash_threads = 0;                                          ///< `HASH_THREADS`, at least 1
        std::chrono::milliseconds hash_queue{};                                ///< `HASH_QUEUE_MILLISECONDS`
        accounts::AccountExistence account_existence = accounts::AccountExistence::reveal; ///< `ACCOUNT_EXISTENCE`
    } passwords;

    struct Codes {
        std::chrono::minutes lifetime{};        ///< `EMAIL_OTP_EXPIRE_MINUTES`
        std::size_t length = 0;                 ///< `EMAIL_OTP_LENGTH`
        std::chrono::seconds resend_interval{}; ///< `EMAIL_OTP_RESEND_INTERVAL_SECONDS`
        int attempts_max = 0;                   ///< `EMAIL_OTP_MAX_ATTEMPTS`
        bool old_form = false;                  ///< `EMAIL_OTP_HASH`
    } codes;

    struct Mail {
        using Security = watchword::mail::SmtpSettings::Security;

        std::string host;                   ///< `SMTP_HOST`; empty: mail goes into a folder
        std::uint16_t port = 0;             ///< `SMTP_PORT`; where that is unset, what fits `security`
        Security security = Security::none; ///< of the next two
        std::optional<bool> use_ssl;        ///< `SMTP_USE_SSL`
        bool use_tls = false;               ///< `SMTP_USE_TLS`
        std::string username;               ///< `SMTP_USERNAME`; empty: no AUTH
        SecretText password;                ///< `SMTP_PASSWORD`; empty: no AUTH
        std::string from;                   ///< `MAIL_FROM`; where that is unset, the user name
        std::chrono::seconds timeout{};     ///< `SMTP_TIMEOUT_SECONDS`
        std::string ca_file;                ///< `SMTP_CA_FILE`; empty: the authorities of the system
        std::size_t connections_max = 0;    ///< `SMTP_CONNECTIONS_MAX`
        int attempts_max = 0;               ///< `MAIL_ATTEMPTS_MAX`
        std::chrono::days keep_dead{};      ///< `MAIL_DEAD_KEEP_DAYS`
    } mail;

    struct Database {
        std::filesystem::path sqlite_file;               ///< `DATABASE_URL`, where it names no server
        std::optional<postgres::Location> server;        ///< `DATABASE_URL`, where it names one; nothing: SQLite
        std::optional<postgres::Location> listen_server; ///< `DATABASE_LISTEN_URL`; nothing: the same
        bool prepared_statements = false;                ///< `DATABASE_PREPARED_STATEMENTS`
        int pool_size = 0;                               ///< `DATABASE_POOL_SIZE`
        int pool_overflow_max = 0;                       ///< `DATABASE_MAX_OVERFLOW`
        std::chrono::seconds pool_timeout{};             ///< `DATABASE_POOL_TIMEOUT`
        std::chrono::seconds pool_recycle{};             ///< `DATABASE_POOL_RECYCLE`
        std::chrono::seconds statement_timeout{};        ///< `DATABASE_STATEMENT_TIMEOUT_SECONDS`
        std::chrono::seconds start_timeout{};            ///< `DATABASE_START_TIMEOUT_SECONDS`
    } database;

    struct Redis {
        std::string host;                                   ///< `REDIS_HOST`
        std::uint16_t port = 0;                             ///< `REDIS_PORT`
        int database = 0;                                   ///< `REDIS_DB`
        SecretText password;                                ///< `REDIS_PASSWORD`
        std::optional<watchword::redis::Location> location; ///< `REDIS_URL`, or else of the above; nothing: no Redis
        std::string ca_file;                                ///< `REDIS_CA_FILE`; empty: the authorities of the system
        std::chrono::milliseconds command_timeout{};        ///< `REDIS_COMMAND_TIMEOUT_MILLISECONDS`
    } redis;

    struct Cache {
        std::size_t entries_max = 0;     ///< `CACHE_ENTRIES_MAX`
        std::chrono::seconds lifetime{}; ///< `REDIS_CACHE_EXPIRE_SECONDS`
    } cache;

    struct Files {
        using Addressing = s3::ClientSettings::Addressing;

        std::filesystem::path data_folder;              ///< `DATA_DIR`
        std::uint64_t upload_bytes_max = 0;             ///< `UPLOAD_MAX_BYTES`
        std::size_t threads = 0;                        ///< `FILE_THREADS`
        std::string minio_endpoint;                     ///< `MINIO_ENDPOINT`; empty: files are kept in `data_folder`
        std::string minio_access_key;                   ///< `MINIO_ACCESS_KEY`
        SecretText minio_secret_key;                    ///< `MINIO_SECRET_KEY`
        bool minio_secure = false;                      ///< `MINIO_SECURE`
        std::string minio_ca_file;                      ///< `MINIO_CA_FILE`; empty: the authorities of the system
        std::string minio_bucket;                       ///< `MINIO_BUCKET_NAME`
        std::string minio_region;                       ///< `MINIO_REGION`
        Addressing minio_addressing = Addressing::path; ///< `MINIO_ADDRESSING`
    } files;

    struct Log {
        log::Level level = log::Level::info;       ///< `LOG_LEVEL`
        log::Format format = log::Format::text;    ///< `LOG_FORMAT`
        std::optional<std::filesystem::path> file; ///< `LOG_FILE`
    } log;
};

}
