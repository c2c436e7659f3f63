#pragma once

#include "base/secret.hpp"

#include <expected>
#include <string>
#include <string_view>

namespace watchword::postgres {

/// Where the PostgreSQL is that we use, and how to log in to it.
class Location {
public:
    /// Reads a URL as libpq does (PostgreSQL manual, §34.1.1.2): several hosts, `sslmode`, `target_session_attrs`, Unix
    /// sockets, percent-encoded names and passwords. As SQLAlchemy does, it may begin with `postgres://` or name a
    /// driver
    /// (`postgresql+psycopg2://`), which says nothing here; `ssl=` is another word for `sslmode=`. The error is a
    /// sentence that repeats nothing of the text, since a password may be anywhere in it.
    static std::expected<Location, std::string> parse(std::string_view url);

    /// As libpq takes it.
    const SecretText& url() const { return url_; }

    /// Hosts, ports and database, for people.
    const std::string& description() const { return description_; }

private:
    Location(SecretText url, std::string description) : url_(std::move(url)), description_(std::move(description)) {}

    SecretText url_;
    std::string description_;
};

}
