#include "app/greeting.hpp"

#include "app/version.hpp"

#include <vector>

#include <fmt/format.h>
#include <fmt/ranges.h>

namespace watchword {
namespace {

std::string url_of(const Endpoint& endpoint, std::string_view scheme)
{
    const bool v6 = endpoint.address.find(':') != std::string::npos;
    return v6 ? fmt::format("{}://[{}]:{}", scheme, endpoint.address, endpoint.port)
              : fmt::format("{}://{}:{}", scheme, endpoint.address, endpoint.port);
}

/// What is still as it is on a laptop.
std::vector<std::string> wishes(const Settings& settings)
{
    std::vector<std::string> all;
    if (settings.tokens.secret_key.empty()) {
        all.push_back("SECRET_KEY from a vault");
    }
    if (settings.mail.host.empty()) {
        all.push_back("SMTP_HOST and MAIL_FROM for real mail");
    }
    if (settings.listen.trusted_proxies.empty() && settings.listen.certificate_file.empty()) {
        all.push_back("TLS: a proxy in front and its address in TRUSTED_PROXIES, or TLS_CERT_FILE and TLS_KEY_FILE");
    }
    return all;
}

}

std::string greeting(const Settings& settings)
{
    const std::string url =
        url_of(settings.listen.addresses.front(), settings.listen.certificate_file.empty() ? "http" : "https");
    const auto wanted = wishes(settings);
    return fmt::format(
        "Watchword {} listens on {}\n"
        "  accounts    {}\n"
        "  mail        {}\n"
        "  files       {}\n"
        "  try it out  {}\n"
        "  production  {}\n",
        version, url,
        settings.database.server ? fmt::format("{} (PostgreSQL)", settings.database.server->description())
                                 : fmt::format("{} (SQLite)", settings.database.sqlite_file.string()),
        settings.mail.host.empty() ? fmt::format("{} and this console", (settings.files.data_folder / "mail/").string())
                                   : fmt::format("by SMTP to {}:{}", settings.mail.host, settings.mail.port),
        settings.files.minio_endpoint.empty()
            ? (settings.files.data_folder / "files/").string()
            : fmt::format("the bucket {} at {}", settings.files.minio_bucket, settings.files.minio_endpoint),
        settings.service.docs ? url + "/docs" : "DOCS=on shows the API at /docs",
        wanted.empty() ? "nothing is missing" : fmt::format("would want {}", fmt::join(wanted, "; ")));
}

}
