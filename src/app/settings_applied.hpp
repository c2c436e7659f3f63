#pragma once

#include "app/settings.hpp"
#include "crypto/hash_scheduler.hpp"
#include "http/pipeline.hpp"
#include "http/server.hpp"
#include "mail/delivery.hpp"
#include "postgres/database.hpp"
#include "profile/shared_profiles.hpp"
#include "rate_limits/rates.hpp"
#include "redis/client.hpp"
#include "runtime/background.hpp"
#include "runtime/io_threads.hpp"
#include "sessions/sessions.hpp"
#include "sessions/tokens.hpp"
#include "verification/one_time_code.hpp"

#include <memory>
#include <optional>
#include <ostream>
#include <string>
#include <vector>

#include <boost/asio/ip/tcp.hpp>

namespace watchword {

// What each part of the service is told of the settings, in its own words; and the parts that exist only where a
// setting asks for them. The settings have been found right before.

rate_limits::Rates rates(const std::string& text);
std::vector<asio::ip::tcp::endpoint> endpoints(const std::vector<Endpoint>& addresses);

/// `SECRET_KEY`, or the key that is kept in the data folder; it is made there where there is none.
SecretText signing_key(const Settings& settings);

sessions::TokenSettings token_settings(const Settings& settings, const SecretText& key);
sessions::SessionSettings session_settings(const Settings& settings);
crypto::HashOptions hash_options(const Settings& settings);
verification::CodeSettings code_settings(const Settings& settings);
mail::Delivery::Limits delivery_limits(const Settings& settings);
http::ServerOptions server_options(const Settings& settings);

/// Of `DATABASE_URL`, which names a PostgreSQL server.
postgres::DatabaseOptions postgres_options(const Settings& settings);

/// The way to that server itself, where `DATABASE_URL` leads to a pooler.
postgres::ConnectionOptions direct_postgres_connection(const Settings& settings);

/// What is added for the listener that speaks TLS. The certificate outlives the server.
http::ServerOptions with_tls(http::ServerOptions options, const http::TlsCertificate& certificate,
                             std::chrono::seconds hsts);

/// The router outlives the pipeline.
http::Pipeline make_pipeline(const Settings& settings, const http::Router& router, const http::TrustedProxies& proxies);

/// By SMTP, or into a folder with a line for each mail on the console, which outlives it.
std::unique_ptr<mail::Mailer> make_mailer(const Settings& settings, std::ostream& console);

/// Null where this instance is alone. The threads outlive it.
std::unique_ptr<redis::Client> make_redis(const Settings& settings, IoThreads& threads);

/// Null where there is no Redis, and where the accounts are in this process, which is nearer than Redis. All outlive
/// it.
std::unique_ptr<profile::SharedProfiles> make_shared_profiles(const Settings& settings, redis::Client* redis,
                                                              IoThreads& threads, Background& background,
                                                              const crypto::Keys& keys);

/// Nothing where HTTP is spoken in the clear. Throws StartRefused.
std::optional<http::TlsCertificate> make_certificate(const Settings& settings);

}
