#pragma once

#include <chrono>
#include <cstddef>
#include <memory>
#include <mutex>
#include <string>

#include <openssl/ssl.h>

namespace watchword::http {

/// What a listener shows to prove who it is, and how it speaks TLS: 1.2 and 1.3, with forward secrecy and authenticated
/// ciphers only, without renegotiation, compression and early data (RFC 9325). Used from every I/O thread.
///
/// Sessions are resumed by tickets under a key of this process: another instance makes a whole handshake.
class TlsCertificate {
public:
    /// Reads two PEM files: the certificate with its chain behind it, and its key. Throws StartRefused, with a line
    /// that names the file and what to do, where one cannot be read or both do not belong together.
    TlsCertificate(std::string certificate_file, std::string key_file);

    /// Reads the files again; handshakes that begin from now on use what they hold, and open connections go on. Throws
    /// as the constructor does; then nothing has changed.
    void reload();

    /// How long the certificate is still good for; negative when it has ended.
    std::chrono::seconds time_left() const;

    std::shared_ptr<SSL_CTX> context() const;

private:
    const std::string certificate_file_;
    const std::string key_file_;
    mutable std::mutex mutex_;
    std::shared_ptr<SSL_CTX> context_;
};

/// The server's side of one TLS connection over a non-blocking socket, which it does not own. The process must ignore
/// SIGPIPE. None of the steps waits, and none takes long: what the other side sends besides data, such as new keys, is
/// bounded.
class TlsSession {
public:
    enum class Outcome {
        done,
        wants_read,  ///< again when the socket is readable
        wants_write, ///< again when the socket is writable
        ended,       ///< by the other side, in order or not, or by a fault of the protocol
        plain_http,  ///< the client speaks HTTP without TLS
    };

    struct Step {
        Outcome outcome;
        std::size_t bytes = 0; ///< moved
    };

    TlsSession(const TlsCertificate& certificate, int socket);

    TlsSession(const TlsSession&) = delete;
    TlsSession& operator=(const TlsSession&) = delete;

    Outcome shake_hands();
    Step read(char* bytes, std::size_t capacity);
    Step write(const char* bytes, std::size_t count);

    /// Whether something has been received that `read` has not given out.
    bool has_unread_input() const;

    /// Tells the other side that nothing follows (close_notify), so that it can tell an end from a cut.
    void finish_sending();

    /// To be called before the socket is closed: its number may soon be another file's, so every later step is `ended`.
    void let_go_of_socket();

private:
    Outcome outcome_of(int result);
    static void count_messages(int is_sent, int version, int type, const void* bytes, std::size_t count, SSL* session,
                               void* self);

    struct Free {
        void operator()(SSL* session) const;
    };
    std::unique_ptr<SSL, Free> session_;
    int messages_ = 0; ///< that were no data, since the last data
    bool broken_ = false;
};

}
