#pragma once

#include "base/secret.hpp"

#include <expected>
#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace watchword::postgres {

/// One of the hosts of a URL; what it does not say is empty.
struct Host {
    std::string name;    ///< or the folder of a Unix socket
    std::string address; ///< in digits, by `hostaddr`
    std::string port;
};

/// Where the PostgreSQL is that we use, and how to log in to it.
class Location {
public:
    /// Reads a URL as libpq does (PostgreSQL manual, §34.1.1.2): several hosts, `sslmode`, `target_session_attrs`, Unix
    /// sockets, percent-encoded names and passwords. As SQLAlchemy does, it may begin with `postgres://` or name a
    /// driver (`postgresql+psycopg2://`), which says nothing here; `ssl=` is another word for `sslmode=`. The error is
    /// a sentence that repeats nothing of the text but the name of a parameter, since a password may be anywhere in it.
    static std::expected<Location, std::string> parse(std::string_view url);

    /// As libpq takes it.
    const SecretText& url() const { return url_; }

    /// In their order; one at least.
    const std::vector<Host>& hosts() const { return hosts_; }

    /// What the URL says of a parameter of libpq's other than a password; empty where it says nothing.
    std::string parameter(std::string_view name) const;

    /// Hosts, ports and database, for people.
    std::string description() const;

private:
    using Parameters = std::map<std::string, std::string, std::less<>>;

    Location(SecretText url, Parameters parameters, std::vector<Host> hosts)
        : url_(std::move(url)), parameters_(std::move(parameters)), hosts_(std::move(hosts))
    {
    }

    SecretText url_;
    Parameters parameters_;
    std::vector<Host> hosts_;
};

}
