#include "http/tls.hpp"

#include "base/start_refused.hpp"

#include <array>
#include <new>
#include <string_view>
#include <utility>

#include <fmt/format.h>
#include <openssl/err.h>
#include <openssl/x509.h>

namespace watchword::http {
namespace {

// What RFC 9325 §4.2 recommends for TLS 1.2; the suites of 1.3 are all sound.
constexpr const char* tls_1_2_ciphers = "ECDHE+AESGCM:ECDHE+CHACHA20";

constexpr auto options =
    SSL_OP_NO_RENEGOTIATION | SSL_OP_NO_COMPRESSION | SSL_OP_CIPHER_SERVER_PREFERENCE | SSL_OP_PRIORITIZE_CHACHA;

constexpr auto modes = SSL_MODE_ENABLE_PARTIAL_WRITE | SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER | SSL_MODE_RELEASE_BUFFERS;

// A client changes its keys after gigabytes; each change costs a key derivation, and many in a row only burn our time.
constexpr int messages_max = 32;

[[noreturn]] void refuse(std::string_view variable, const std::string& file, std::string_view what_to_do)
{
    const char* reason = ERR_reason_error_string(ERR_peek_last_error());
    const auto text = fmt::format("{} ({}): {}: {}", variable, file, reason ? reason : "not usable", what_to_do);
    ERR_clear_error();
    throw StartRefused(text);
}

/// A key under a passphrase would make OpenSSL ask on the terminal, where nobody sits.
int no_passphrase(char*, int, int, void*)
{
    return 0;
}

/// Of the protocols that a client offers ours is the one that must be among them (RFC 7301 §3.2).
int choose_protocol(SSL*, const unsigned char** chosen, unsigned char* length, const unsigned char* offered,
                    unsigned int offered_bytes, void*)
{
    static constexpr std::array<unsigned char, 9> ours{8, 'h', 't', 't', 'p', '/', '1', '.', '1'};
    unsigned char* found = nullptr;
    if (SSL_select_next_proto(&found, length, ours.data(), ours.size(), offered, offered_bytes) !=
        OPENSSL_NPN_NEGOTIATED) {
        return SSL_TLSEXT_ERR_ALERT_FATAL;
    }
    *chosen = found;
    return SSL_TLSEXT_ERR_OK;
}

std::shared_ptr<SSL_CTX> make_context(const std::string& certificate_file, const std::string& key_file)
{
    const std::shared_ptr<SSL_CTX> context(SSL_CTX_new(TLS_server_method()), SSL_CTX_free);
    if (!context) {
        throw std::bad_alloc();
    }
    SSL_CTX_set_min_proto_version(context.get(), TLS1_2_VERSION);
    SSL_CTX_set_options(context.get(), options);
    SSL_CTX_set_mode(context.get(), modes);
    SSL_CTX_clear_mode(context.get(),
                       SSL_MODE_AUTO_RETRY); // else one read goes on while messages that are no data come
    SSL_CTX_set_cipher_list(context.get(), tls_1_2_ciphers);
    SSL_CTX_set_session_cache_mode(context.get(), SSL_SESS_CACHE_OFF);
    SSL_CTX_set_read_ahead(context.get(), 1);
    SSL_CTX_set_alpn_select_cb(context.get(), choose_protocol, nullptr);
    SSL_CTX_set_default_passwd_cb(context.get(), no_passphrase);

    ERR_clear_error();
    if (SSL_CTX_use_certificate_chain_file(context.get(), certificate_file.c_str()) != 1) {
        refuse("TLS_CERT_FILE", certificate_file, "give a PEM file with the certificate and its chain behind it");
    }
    if (SSL_CTX_use_PrivateKey_file(context.get(), key_file.c_str(), SSL_FILETYPE_PEM) != 1) {
        refuse("TLS_KEY_FILE", key_file, "give a PEM file with the certificate's own key, without a passphrase");
    }
    return context;
}

}

TlsCertificate::TlsCertificate(std::string certificate_file, std::string key_file)
    : certificate_file_(std::move(certificate_file)),
      key_file_(std::move(key_file)),
      context_(make_context(certificate_file_, key_file_))
{
}

void TlsCertificate::reload()
{
    auto fresh = make_context(certificate_file_, key_file_);
    const std::lock_guard lock(mutex_);
    context_ = std::move(fresh);
}

std::chrono::seconds TlsCertificate::time_left() const
{
    int days = 0;
    int seconds = 0;
    ASN1_TIME_diff(&days, &seconds, nullptr, X509_get0_notAfter(SSL_CTX_get0_certificate(context().get())));
    return std::chrono::days{days} + std::chrono::seconds{seconds};
}

std::shared_ptr<SSL_CTX> TlsCertificate::context() const
{
    const std::lock_guard lock(mutex_);
    return context_;
}

void TlsSession::Free::operator()(SSL* session) const
{
    SSL_free(session);
}

TlsSession::TlsSession(const TlsCertificate& certificate, int socket) : session_(SSL_new(certificate.context().get()))
{
    if (!session_ || SSL_set_fd(session_.get(), socket) != 1) {
        throw std::bad_alloc();
    }
    SSL_set_accept_state(session_.get());
}

TlsSession::Outcome TlsSession::outcome_of(int result)
{
    switch (SSL_get_error(session_.get(), result)) {
    case SSL_ERROR_NONE:
        return Outcome::done;
    case SSL_ERROR_WANT_READ:
        return Outcome::wants_read;
    case SSL_ERROR_WANT_WRITE:
        return Outcome::wants_write;
    case SSL_ERROR_ZERO_RETURN:
        return Outcome::ended; // of the other half only; ours goes on
    default:
        broken_ = true; // after such an error nothing more may be sent, not even the end (SSL_shutdown(3))
        return ERR_GET_REASON(ERR_peek_error()) == SSL_R_HTTP_REQUEST ? Outcome::plain_http : Outcome::ended;
    }
}

void TlsSession::count_messages(int is_sent, int, int type, const void*, std::size_t, SSL*, void* self)
{
    if (!is_sent && type == SSL3_RT_HANDSHAKE) {
        ++static_cast<TlsSession*>(self)->messages_;
    }
}

TlsSession::Outcome TlsSession::shake_hands()
{
    if (broken_) {
        return Outcome::ended;
    }
    ERR_clear_error();
    const auto outcome = outcome_of(SSL_accept(session_.get()));
    if (outcome == Outcome::done) {
        SSL_set_msg_callback(session_.get(), count_messages);
        SSL_set_msg_callback_arg(session_.get(), this);
    }
    return outcome;
}

TlsSession::Step TlsSession::read(char* bytes, std::size_t capacity)
{
    if (broken_) {
        return {Outcome::ended};
    }
    ERR_clear_error();
    std::size_t count = 0;
    const int result = SSL_read_ex(session_.get(), bytes, capacity, &count);
    if (messages_ > messages_max) {
        broken_ = true;
        return {Outcome::ended};
    }
    if (count > 0) {
        messages_ = 0;
    }
    return {outcome_of(result), count};
}

TlsSession::Step TlsSession::write(const char* bytes, std::size_t count)
{
    if (broken_) {
        return {Outcome::ended};
    }
    ERR_clear_error();
    std::size_t written = 0;
    const int result = SSL_write_ex(session_.get(), bytes, count, &written);
    return {outcome_of(result), written};
}

bool TlsSession::has_unread_input() const
{
    return SSL_has_pending(session_.get()) == 1;
}

void TlsSession::finish_sending()
{
    if (!broken_ && SSL_is_init_finished(session_.get()) == 1) {
        ERR_clear_error();
        SSL_shutdown(session_.get());
    }
}

void TlsSession::let_go_of_socket()
{
    broken_ = true;
}

}
