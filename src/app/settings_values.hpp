#pragma once

#include "app/settings.hpp"

#include <cstdint>
#include <expected>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

/// How the text of a setting becomes a value. Each function takes what an operator wrote; an error is a sentence that
/// says what is wrong with it, or empty where naming what is accepted says it all. No error repeats a part of a secret.
namespace watchword {

template <class T>
using Parsed = std::expected<T, std::string>;

/// The text without the blanks at its ends.
std::string_view trimmed(std::string_view text);

/// The error of another room's parser without its end, where it says what is accepted: every setting says that itself.
std::string without_what_is_accepted(std::string_view error);

/// The text with `A` to `Z` in lower case.
std::string lower_case(std::string_view text);

/// A whole number as Pydantic reads one from text: blanks around it, a sign, `_` between digits and `.0` behind it are
/// fine.
Parsed<std::int64_t> parse_whole_number(std::string_view text);

/// `count`, or as many as there are cores for this process where that is 0; at least 1.
std::size_t threads_or_cores(std::int64_t count);

/// `true`, `1`, `yes`, `on`, `t`, `y` and their opposites in any case.
Parsed<bool> parse_flag(std::string_view text);

/// Text that is one line.
Parsed<std::string> parse_line(std::string_view text);

/// A folder or a file; it need not exist.
Parsed<std::filesystem::path> parse_path(std::string_view text);

/// A path under which routes stand: begins with a slash and does not end with one.
Parsed<std::string> parse_path_prefix(std::string_view text);

/// `127.0.0.1:8000`, `[::1]:8000`, `localhost:8000`; several separated by commas.
Parsed<std::vector<Endpoint>> parse_endpoints(std::string_view text);

/// An address without a port, `localhost` being 127.0.0.1.
Parsed<std::string> parse_listen_address(std::string_view text);

/// A password or the like, byte for byte.
Parsed<SecretText> parse_secret(std::string_view text);

/// Networks whose word about the client counts; the text itself, found right.
Parsed<std::string> parse_trusted_proxies(std::string_view text);

/// Origins (RFC 6454 §6.2) separated by commas, semicolons or blanks, with or without the brackets and quotes of a JSON
/// list, in the form that browsers send: lower case, without a standard port or a slash at the end. `*` swallows the
/// others.
Parsed<std::vector<std::string>> parse_origins(std::string_view text);

/// Limits in the grammar of `rate_limits::Rates`; the text itself, found right.
Parsed<std::string> parse_rates(std::string_view text);

/// Where SQLite keeps the accounts, from SQLAlchemy's `sqlite:///relative.db` or `sqlite:////absolute.db`.
Parsed<std::filesystem::path> parse_sqlite_url(std::string_view text);

/// Where a PostgreSQL server is; nothing where the URL is of another kind.
Parsed<std::optional<postgres::Location>> parse_postgres_url(std::string_view text);

/// The name or the address of a Redis server, without a port.
Parsed<std::string> parse_redis_host(std::string_view text);

/// A Redis server, or the Sentinels of one, in the notation of redis::Location.
Parsed<std::optional<redis::Location>> parse_redis_url(std::string_view text);

/// A key that signs: at least 32 bytes and not published.
Parsed<SecretText> parse_signing_key(std::string_view text);

/// A key that only verifies: at least 16 bytes and not published.
Parsed<SecretText> parse_previous_key(std::string_view text);

/// A moment as RFC 3339 writes it, or a date, which is its first moment in UTC.
Parsed<Instant> parse_instant(std::string_view text);

/// The address that mail comes from.
Parsed<std::string> parse_mail_address(std::string_view text);

/// A host, or a host and a port, of a server that we call.
Parsed<std::string> parse_server(std::string_view text);

/// The name of a bucket, as S3 allows it.
Parsed<std::string> parse_bucket(std::string_view text);

/// Letters, digits, `-` and `_`, at least one.
Parsed<std::string> parse_word(std::string_view text);

/// A PEM file with certificates, which can be read now.
Parsed<std::string> parse_readable_file(std::string_view text);

/// The path of the log file, or nothing for `off`.
Parsed<std::optional<std::filesystem::path>> parse_log_file(std::string_view text);

/// How a value may be shown to people: on one line, at most about 200 characters of it.
std::string shown_whole(std::string_view text);

/// `(set, 42 characters)`
std::string shown_as_secret(std::string_view text);

/// The scheme of a URL and nothing of what follows, where passwords stand. A path of SQLite is shown whole.
std::string shown_as_url(std::string_view text);

/// The whole, unless somebody has put a URL there.
std::string shown_as_host(std::string_view text);

}
