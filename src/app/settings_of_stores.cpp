#include "app/settings_readers.hpp"

namespace watchword {

using namespace reader;

namespace {

Reader<Settings::Database> database_url()
{
    const auto read = [](Settings::Database& database, std::string_view text) -> Parsed<void> {
        auto server = parse_postgres_url(text);
        if (!server) {
            return std::unexpected(std::move(server.error()));
        }
        database.server = std::move(*server);
        if (database.server) {
            return {};
        }
        auto file = parse_sqlite_url(text);
        if (!file) {
            return std::unexpected(std::move(file.error()));
        }
        database.sqlite_file = std::move(*file);
        return {};
    };
    return {"`postgresql://user:password@host:port/name`, `sqlite:///relative/path.db` or "
            "`sqlite:////absolute/path.db`",
            {},
            read,
            shown_as_url};
}

}

SettingGroup settings_of_mail()
{
    using Mail = Settings::Mail;
    return group<Mail>(
        "Mail", &Settings::mail,
        {
            {"SMTP_HOST", line(&Mail::host), Default::unset("mail goes into `DATA_DIR/mail/`"),
             "The server that takes our mail.", "Registration can be tried before there is a mail server."},
            {"SMTP_PORT", number(&Mail::port, {1, 65535}, "TCP port"),
             Default::unset("465 with `SMTP_USE_SSL`, 587 with `SMTP_USE_TLS`, 25 with neither"),
             "The port of that server.", "The ports of RFC 8314, and of plain SMTP."},
            {"SMTP_USE_SSL", flag(&Mail::use_ssl), Default::unset("`true`, unless `SMTP_USE_TLS` is `true`"),
             "Whether TLS begins with the first byte, as servers expect it on port 465.",
             "As before, and what RFC 8314 prefers."},
            {"SMTP_USE_TLS", flag(&Mail::use_tls), "false",
             "Whether TLS begins with STARTTLS, as servers expect it on port 587; a server that does not offer it gets "
             "no mail.",
             "As before."},
            {"SMTP_USERNAME", line(&Mail::username), Default::unset("no login"),
             "The name to log in to that server with.", "Relays in a closed network want none."},
            {"SMTP_PASSWORD", secret(&Mail::password, parse_secret, "text"), Default::unset("no login"),
             "The password for it, byte for byte.", "Relays in a closed network want none."},
            {"SMTP_TIMEOUT_SECONDS", duration(&Mail::timeout, {1, 600}), "30",
             "How long the delivery of one mail may take before it is tried again later.",
             "Slow servers answer within it, and nobody waits for it."},
            {"SMTP_CA_FILE", parsed(&Mail::ca_file, parse_readable_file, "the path of a PEM file that can be read"),
             Default::unset("the authorities of the system"), "The authorities that may vouch for that server.",
             "Mail servers with public certificates need nothing else."},
            {"MAIL_FROM", parsed(&Mail::from, parse_mail_address, "an address such as `no-reply@example.com`"),
             Default::unset("`SMTP_USERNAME`"), "The address that our mail comes from.", "As before."},
            {"SMTP_CONNECTIONS_MAX", number(&Mail::connections_max, {1, 64}, "connections"), "4",
             "How many mails one instance hands to that server at a time.",
             "Dozens of mails a second to a server near by; common servers take ten connections of one client."},
            {"MAIL_ATTEMPTS_MAX", number(&Mail::attempts_max, {1, 1000}, "attempts"), "20",
             "How often that server may put one mail off before it is given up; `watchword mail` shows it. Attempts "
             "that did not reach the server do not count.",
             "They spread over 14 hours; greylisting lets mail pass within one."},
            {"MAIL_DEAD_KEEP_DAYS", duration(&Mail::keep_dead, {1, 3650}), "30",
             "How long a mail that was given up is kept after it has expired.",
             "Long enough for whoever looks once a month."},
        });
}

SettingGroup settings_of_the_database()
{
    using Database = Settings::Database;
    return group<Database>(
        "Database", &Settings::database,
        {
            {"DATABASE_URL", database_url(), Default::unset("`DATA_DIR/watchword.db`"),
             "Where accounts and sessions are kept.", "Works at once, without a server."},
            {"DATABASE_POOL_SIZE", number(&Database::pool_size, {1, 1000}, "connections"), "10",
             "How many writes one instance has under way on a database server; each I/O thread keeps at "
             "least one connection for them, and one more for all its reads. SQLite needs none.",
             "As before."},
            {"DATABASE_MAX_OVERFLOW", number(&Database::pool_overflow_max, {0, 1000}, "connections"), "20",
             "How many more connections for writes may be opened for a while.", "As before."},
            {"DATABASE_POOL_TIMEOUT", duration(&Database::pool_timeout, {1, 600}), "30",
             "How long a request may wait for a connection; its own time is often over sooner.", "As before."},
            {"DATABASE_POOL_RECYCLE", duration(&Database::pool_recycle, {0, 604'800}), "3600",
             "After what time an idle connection is replaced; 0 is never.", "As before."},
            {"DATABASE_LISTEN_URL",
             url(&Database::listen_server, parse_postgres_url, "`postgresql://user:password@host:port/name`"),
             Default::unset("`DATABASE_URL`"),
             "The way to the database server itself where the other one leads to a pooler: for "
             "migrations and to hear of changes.",
             "Most have no pooler."},
            {"DATABASE_PREPARED_STATEMENTS", flag(&Database::prepared_statements), "on",
             "Whether statements are prepared once a connection; `off` for PgBouncer in transaction "
             "mode, together with DATABASE_LISTEN_URL.",
             "It saves the server the reading and planning of each statement."},
            {"DATABASE_STATEMENT_TIMEOUT_SECONDS", duration(&Database::statement_timeout, {1, 60}), "2",
             "How long a database server may take for what a request asks at a time; then it is answered 503, and a "
             "server that is silent even then is looked for anew.",
             "Each statement takes milliseconds; whoever waits longer waits for a server that is gone."},
            {"DATABASE_START_TIMEOUT_SECONDS", duration(&Database::start_timeout, {0, 600}), "30",
             "How long a start waits for a database server that cannot be reached yet.",
             "Containers that are started together come up within it."},
        });
}

SettingGroup settings_of_files()
{
    using Files = Settings::Files;
    return group<Files>(
        "Files", &Settings::files,
        {
            {"DATA_DIR", parsed(&Files::data_folder, parse_path, "the path of a folder"), "data",
             "The folder for all that the service keeps itself: database, key, mail, files.",
             "Beside the program, so that nothing must be prepared."},
            {"UPLOAD_MAX_BYTES", number(&Files::upload_bytes_max, {1, 1'099'511'627'776}, "bytes"), "1073741824",
             "How long an uploaded file may be; a longer one is answered 413.",
             "1 GiB; set it to what your users really send."},
            {"FILE_THREADS", number(&Files::threads, {1, 256}, "threads"), "8",
             "How many files are read or written at one moment; others wait their turn between two pieces.",
             "They mostly wait for the disk, so more than there are cores."},
            {"MINIO_ENDPOINT", parsed(&Files::minio_endpoint, parse_server, "a host or `host:port`, without a scheme"),
             Default::unset("files are kept in `DATA_DIR/files/`"),
             "The object store that keeps uploaded files: MinIO, or another that speaks S3.",
             "Works at once, without a server."},
            {"MINIO_ACCESS_KEY", line(&Files::minio_access_key), Default::unset("none"),
             "The name to log in to the object store with.", "There is no object store unless you name one."},
            {"MINIO_SECRET_KEY", secret(&Files::minio_secret_key, parse_secret, "text"), Default::unset("none"),
             "The password for it.", "There is no object store unless you name one."},
            {"MINIO_SECURE", flag(&Files::minio_secure), "false", "Whether the object store is spoken to over TLS.",
             "As before."},
            {"MINIO_CA_FILE",
             parsed(&Files::minio_ca_file, parse_readable_file, "the path of a PEM file that can be read"),
             Default::unset("the authorities of the system"), "The authorities that may vouch for the object store.",
             "Stores with public certificates need nothing else."},
            {"MINIO_BUCKET_NAME",
             parsed(&Files::minio_bucket, parse_bucket,
                    "3 to 63 characters of `a` to `z`, digits, `-` and `.`, a letter or digit at each end"),
             Default::unset("none"), "The bucket that holds the files; it is made where it is missing.",
             "There is no object store unless you name one."},
            {"MINIO_REGION", parsed(&Files::minio_region, parse_word, "one word such as `eu-central-1`"), "us-east-1",
             "The region that requests are signed for.", "MinIO is there unless it is told otherwise."},
            {"MINIO_ADDRESSING",
             choice(&Files::minio_addressing,
                    {{"path", Files::Addressing::path}, {"virtual-host", Files::Addressing::virtual_host}}),
             "path", "Whether the bucket stands in the path or in the name of the host.",
             "Works with MinIO and every host; newer buckets of Amazon want `virtual-host`."},
        });
}

SettingGroup settings_of_redis()
{
    using Redis = Settings::Redis;
    return group<Redis>(
        "Redis", &Settings::redis,
        {
            {"REDIS_HOST", host(&Redis::host, parse_redis_host), Default::unset("limits are counted in this process"),
             "The Redis server that instances share limits through.", "One instance needs none."},
            {"REDIS_PORT", number(&Redis::port, {1, 65535}, "TCP port"), "6379", "The port of that server.",
             "The port of Redis."},
            {"REDIS_DB", number(&Redis::database, {0, 1023}, "index"), "0", "The number of its database.",
             "As before."},
            {"REDIS_PASSWORD", secret(&Redis::password, parse_secret, "text"), Default::unset("no login"),
             "The password for it, byte for byte; also for a `REDIS_URL` that has none.",
             "Redis in a closed network often has none."},
            {"REDIS_URL",
             url(&Redis::location, parse_redis_url,
                 "`redis://user:password@host:port/database`, `rediss://…` for TLS, "
                 "`redis+sentinel://host:port,host:port/master/database`, `rediss+sentinel://…` or "
                 "`unix:///path/to/socket?db=database`"),
             Default::unset("`REDIS_HOST`"), "The same as one text, and what the others cannot say.",
             "Three simple variables are enough for most."},
            {"REDIS_CA_FILE", parsed(&Redis::ca_file, parse_readable_file, "the path of a PEM file that can be read"),
             Default::unset("the authorities of the system"), "The authorities that may vouch for that server.",
             "Servers with public certificates need nothing else."},
            {"REDIS_COMMAND_TIMEOUT_MILLISECONDS", duration(&Redis::command_timeout, {1, 5'000}), "50",
             "How long a request waits for that server before limits are counted in this process.",
             "Redis answers in less than one; nobody notices fifty."},
        });
}

SettingGroup settings_of_caches()
{
    using Cache = Settings::Cache;
    return group<Cache>(
        "Caches", &Settings::cache,
        {
            {"CACHE_ENTRIES_MAX", number(&Cache::entries_max, {0, 100'000'000}, "entries"), "100000",
             "How many profiles, and how many sessions, are kept in memory between two changes; 0 keeps none.",
             "Some 30 MB when it is full; a read of what is kept costs no statement."},
            {"REDIS_CACHE_EXPIRE_SECONDS", duration(&Cache::lifetime, {1, 604'800}), "1800",
             "How long a profile or session is kept in memory, and a profile in Redis as well.",
             "As before; a change shows at once, this is only the upper bound."},
        });
}

}
