#include "mail/smtp_connection.hpp"

#include "mail/smtp_diagnosis.hpp"

#include <algorithm>
#include <array>

#include <curl/curl.h>
#include <fmt/format.h>
#include <poll.h>

namespace watchword::mail {
namespace {

using namespace std::chrono_literals;

/// How long one wait may last before it looks whether it should stop.
constexpr std::chrono::milliseconds patience = 200ms;

/// How much of the time is kept for finding out why nothing was heard.
std::chrono::milliseconds time_for_diagnosis(Deadline deadline)
{
    return std::min<std::chrono::milliseconds>(deadline.remaining() / 3, 5s);
}

/// What the server says while libcurl connects.
struct Conversation {
    std::stop_token stop;
    SmtpReplyReader reader;
    std::optional<SmtpReply> last;
};

std::size_t hear(char* bytes, std::size_t, std::size_t size, void* conversation)
{
    auto& heard = *static_cast<Conversation*>(conversation);
    try {
        heard.reader.add({bytes, size});
    } catch (const SmtpServerLost&) {
        return CURL_WRITEFUNC_ERROR;
    }
    while (auto reply = heard.reader.next()) {
        heard.last = std::move(reply);
    }
    return size;
}

int stop_when_asked(void* conversation, curl_off_t, curl_off_t, curl_off_t, curl_off_t)
{
    return static_cast<Conversation*>(conversation)->stop.stop_requested() ? 1 : 0;
}

std::string url(const SmtpSettings& settings)
{
    const bool tls = settings.security == SmtpSettings::Security::implicit_tls;
    const bool v6 = settings.host.contains(':');
    // The path is what EHLO says. A full domain is what servers ask for; the name of a container is none.
    return fmt::format("{}://{}{}{}:{}/{}", tls ? "smtps" : "smtp", v6 ? "[" : "", settings.host, v6 ? "]" : "",
                       settings.port, settings.sender.address.domain);
}

/// A handle that connects and goes no further. `error` has CURL_ERROR_SIZE bytes.
CURL* prepare(const SmtpSettings& settings, Deadline deadline, Conversation& conversation, char* error)
{
    CURL* easy = ::curl_easy_init();
    if (easy == nullptr) {
        throw std::bad_alloc();
    }
    const auto remaining = std::max(deadline.remaining(), 1ms);
    const bool starttls = settings.security == SmtpSettings::Security::starttls;
    ::curl_easy_setopt(easy, CURLOPT_URL, url(settings).c_str());
    ::curl_easy_setopt(easy, CURLOPT_CONNECT_ONLY, 1L);
    ::curl_easy_setopt(easy, CURLOPT_NOSIGNAL, 1L);
    ::curl_easy_setopt(easy, CURLOPT_QUICK_EXIT, 1L); // silent name servers are not waited for beyond the timeout
    ::curl_easy_setopt(easy, CURLOPT_PROXY, "");
    ::curl_easy_setopt(easy, CURLOPT_TIMEOUT_MS, static_cast<long>(remaining.count()));
    ::curl_easy_setopt(easy, CURLOPT_USE_SSL, static_cast<long>(starttls ? CURLUSESSL_ALL : CURLUSESSL_NONE));
    ::curl_easy_setopt(easy, CURLOPT_SSLVERSION, static_cast<long>(CURL_SSLVERSION_TLSv1_2));
    ::curl_easy_setopt(easy, CURLOPT_SSL_VERIFYPEER, 1L);
    ::curl_easy_setopt(easy, CURLOPT_SSL_VERIFYHOST, 2L);
    if (!settings.ca_file.empty()) {
        ::curl_easy_setopt(easy, CURLOPT_CAINFO, settings.ca_file.c_str());
        ::curl_easy_setopt(easy, CURLOPT_CAPATH, nullptr);
    }
    ::curl_easy_setopt(easy, CURLOPT_ERRORBUFFER, error);
    ::curl_easy_setopt(easy, CURLOPT_HEADERFUNCTION, &hear);
    ::curl_easy_setopt(easy, CURLOPT_HEADERDATA, &conversation);
    ::curl_easy_setopt(easy, CURLOPT_NOPROGRESS, 0L);
    ::curl_easy_setopt(easy, CURLOPT_XFERINFOFUNCTION, &stop_when_asked);
    ::curl_easy_setopt(easy, CURLOPT_XFERINFODATA, &conversation);
    return easy;
}

/// Everything that the handle was lent for connecting.
void take_back(CURL* easy)
{
    ::curl_easy_setopt(easy, CURLOPT_ERRORBUFFER, nullptr);
    ::curl_easy_setopt(easy, CURLOPT_HEADERFUNCTION, nullptr);
    ::curl_easy_setopt(easy, CURLOPT_HEADERDATA, nullptr);
    ::curl_easy_setopt(easy, CURLOPT_NOPROGRESS, 1L);
}

bool reached(CURL* easy)
{
    curl_off_t microseconds = 0;
    ::curl_easy_getinfo(easy, CURLINFO_CONNECT_TIME_T, &microseconds);
    return microseconds > 0;
}

/// Whether a server that says nothing to plain text answers to TLS.
bool expects_tls_at_once(SmtpSettings settings, Deadline deadline, std::stop_token stop)
{
    settings.security = SmtpSettings::Security::implicit_tls;
    Conversation conversation{std::move(stop), {}, {}};
    std::array<char, CURL_ERROR_SIZE> error{};
    CURL* easy = prepare(settings, deadline, conversation, error.data());
    const CURLcode code = ::curl_easy_perform(easy);
    ::curl_easy_cleanup(easy);
    return code == CURLE_OK || code == CURLE_PEER_FAILED_VERIFICATION || conversation.last;
}

}

void SmtpConnection::Close::operator()(void* easy) const
{
    ::curl_easy_cleanup(easy);
}

SmtpConnection::SmtpConnection(const SmtpSettings& settings, Deadline deadline, std::stop_token stop)
    : stop_(std::move(stop))
{
    const bool may_be_mistaken = settings.security != SmtpSettings::Security::implicit_tls;
    const auto time = deadline.remaining() - (may_be_mistaken ? time_for_diagnosis(deadline) : 0ms);
    Conversation conversation{stop_, {}, {}};
    std::array<char, CURL_ERROR_SIZE> error{};
    easy_.reset(prepare(settings, deadline.within(time), conversation, error.data()));
    const CURLcode code = ::curl_easy_perform(easy_.get());
    take_back(easy_.get());
    if (code != CURLE_OK) {
        FailedConnection failure{
            .code = code,
            .text = error.data(),
            .reached = reached(easy_.get()),
            .last_reply = std::move(conversation.last),
        };
        if (code == CURLE_OPERATION_TIMEDOUT && failure.reached && !failure.last_reply && may_be_mistaken) {
            failure.expects_tls_at_once = expects_tls_at_once(settings, deadline, stop_);
        }
        throw SmtpServerLost(diagnosis(settings, failure));
    }
    features_ = features_in(*conversation.last);
}

SmtpConnection::~SmtpConnection()
{
    constexpr std::string_view farewell = "QUIT\r\n";
    std::size_t sent = 0;
    ::curl_easy_send(easy_.get(), farewell.data(), farewell.size(), &sent);
}

SmtpReply SmtpConnection::command(std::string_view line, Deadline deadline)
{
    send(fmt::format("{}\r\n", line), deadline);
    return read_reply(deadline);
}

SmtpReply SmtpConnection::data(std::string_view content, Deadline deadline)
{
    std::string stuffed;
    stuffed.reserve(content.size() + 8);
    bool line_begins = true;
    for (const char character : content) {
        if (line_begins && character == '.') {
            stuffed += '.';
        }
        stuffed += character;
        line_begins = character == '\n';
    }
    send(stuffed + ".\r\n", deadline);
    return read_reply(deadline);
}

void SmtpConnection::send(std::string_view bytes, Deadline deadline)
{
    while (!bytes.empty()) {
        std::size_t sent = 0;
        const CURLcode code = ::curl_easy_send(easy_.get(), bytes.data(), bytes.size(), &sent);
        if (code == CURLE_AGAIN) {
            wait(POLLOUT, deadline);
        } else if (code != CURLE_OK) {
            throw SmtpServerLost("the server closed the connection");
        }
        bytes.remove_prefix(sent);
    }
}

SmtpReply SmtpConnection::read_reply(Deadline deadline)
{
    while (true) {
        if (auto reply = replies_.next()) {
            return std::move(*reply);
        }
        std::array<char, 4096> bytes;
        std::size_t received = 0;
        const CURLcode code = ::curl_easy_recv(easy_.get(), bytes.data(), bytes.size(), &received);
        if (code == CURLE_AGAIN) {
            wait(POLLIN, deadline);
        } else if (code != CURLE_OK || received == 0) {
            throw SmtpServerLost("the server closed the connection");
        }
        replies_.add({bytes.data(), received});
    }
}

void SmtpConnection::wait(short events, Deadline deadline) const
{
    if (stop_.stop_requested()) {
        throw SmtpServerLost("the service is stopping");
    }
    if (deadline.expired()) {
        throw SmtpServerLost("the server did not answer in time");
    }
    curl_socket_t socket = CURL_SOCKET_BAD;
    ::curl_easy_getinfo(easy_.get(), CURLINFO_ACTIVESOCKET, &socket);
    ::pollfd watched{.fd = socket, .events = events, .revents = 0};
    ::poll(&watched, 1, static_cast<int>(std::min(deadline.remaining(), patience).count()) + 1);
}

}
