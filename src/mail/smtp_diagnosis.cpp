#include "mail/smtp_diagnosis.hpp"

#include <curl/curl.h>
#include <fmt/format.h>

namespace watchword::mail {
namespace {

using Security = SmtpSettings::Security;

std::string words_of(const FailedConnection& failure)
{
    return failure.text.empty() ? ::curl_easy_strerror(static_cast<CURLcode>(failure.code)) : failure.text;
}

std::string silence(const FailedConnection& failure)
{
    if (!failure.reached) {
        return "does not answer (SMTP_HOST, SMTP_PORT, or a firewall between)";
    }
    if (failure.expects_tls_at_once) {
        return "expects TLS from the first byte: set SMTP_USE_SSL=true and SMTP_USE_TLS=false";
    }
    return "accepted the connection and then stopped answering";
}

std::string no_tls(Security security, const FailedConnection& failure)
{
    if (security == Security::implicit_tls) {
        return fmt::format("does not speak TLS from the first byte ({}): if it offers STARTTLS, as on port 587, set "
                           "SMTP_USE_TLS=true and SMTP_USE_SSL=false",
                           words_of(failure));
    }
    return fmt::format("failed to start TLS ({})", words_of(failure));
}

std::string no_starttls(const FailedConnection& failure)
{
    const bool refused = failure.last_reply && !failure.last_reply->done();
    if (refused) {
        return fmt::format("refused STARTTLS, which SMTP_USE_TLS=true demands: {}", failure.last_reply->for_the_log());
    }
    return "offers no STARTTLS, which SMTP_USE_TLS=true demands: no mail and no password was sent";
}

std::string unexpected_reply(const FailedConnection& failure)
{
    if (failure.last_reply && !failure.last_reply->done()) {
        return fmt::format("refuses to serve: {}", failure.last_reply->for_the_log());
    }
    return fmt::format("does not speak SMTP as it should ({})", words_of(failure));
}

std::string what_it_did(Security security, const FailedConnection& failure)
{
    switch (failure.code) {
    case CURLE_COULDNT_RESOLVE_HOST:
        return "cannot be found by its name (SMTP_HOST)";
    case CURLE_COULDNT_CONNECT:
        return fmt::format("cannot be reached (SMTP_HOST, SMTP_PORT): {}", words_of(failure));
    case CURLE_OPERATION_TIMEDOUT:
        return silence(failure);
    case CURLE_SSL_CONNECT_ERROR:
        return no_tls(security, failure);
    case CURLE_PEER_FAILED_VERIFICATION:
        return fmt::format("has a certificate that is not trusted ({}): SMTP_HOST must be the name in the certificate, "
                           "SMTP_CA_FILE can name the authority that signed it",
                           words_of(failure));
    case CURLE_SSL_CACERT_BADFILE:
        return fmt::format("was not asked, since SMTP_CA_FILE cannot be used ({})", words_of(failure));
    case CURLE_USE_SSL_FAILED:
        return no_starttls(failure);
    case CURLE_WRITE_ERROR:
        return "does not speak SMTP";
    case CURLE_WEIRD_SERVER_REPLY:
    case CURLE_REMOTE_ACCESS_DENIED:
        return unexpected_reply(failure);
    case CURLE_ABORTED_BY_CALLBACK:
        return "was not waited for, since the service is stopping";
    default:
        return fmt::format("failed: {}", words_of(failure));
    }
}

}

std::string diagnosis(const SmtpSettings& settings, const FailedConnection& failure)
{
    return fmt::format("the mail server {} port {} {}", settings.host, settings.port,
                       what_it_did(settings.security, failure));
}

}
