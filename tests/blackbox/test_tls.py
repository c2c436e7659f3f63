"""TLS at the listener: who is let in, what every answer says, and a new certificate without a restart."""
import concurrent.futures
import contextlib
import os
import signal
import socket
import ssl
import subprocess
import threading
import time

import pytest

from certificates import make_certificate, make_expired_certificate
from service import Service


@pytest.fixture
def files(tmp_path):
    return make_certificate(tmp_path / "tls", "first.example")


@pytest.fixture
def secured(start, files):
    return start(TLS_CERT_FILE=str(files[0]), TLS_KEY_FILE=str(files[1]))


def connect(service, certificate, name):
    """A TLS connection to the service by a client that trusts this certificate alone."""
    context = ssl.create_default_context(cafile=certificate)
    return context.wrap_socket(socket.create_connection(("127.0.0.1", service.port), timeout=10), server_hostname=name)


def ask(connection, path="/", last=False):
    connection.sendall(f"GET {path} HTTP/1.1\r\nHost: x\r\n{'Connection: close' if last else 'X: y'}\r\n\r\n".encode())
    received = b""
    while b"\r\n\r\n" not in received or (last and connection.pending()):
        received += connection.recv(65536)
    return received.decode()


def test_every_answer_asks_browsers_to_stay_with_tls(secured, files):
    with connect(secured, files[0], "first.example") as connection:
        assert connection.version() == "TLSv1.3"
        for path, status in (("/", 200), ("/nowhere", 404), ("/api/v1/users/profile", 401)):
            answer = ask(connection, path)
            assert answer.startswith(f"HTTP/1.1 {status} ")
            assert "\r\nStrict-Transport-Security: max-age=31536000\r\n" in answer


def test_plain_http_is_told_to_use_tls(secured):
    assert secured.raw(b"GET / HTTP/1.1\r\nHost: x\r\n\r\n").startswith(b"HTTP/1.1 400 ")


def test_without_a_certificate_nothing_is_said_of_tls(start):
    assert "strict-transport-security" not in start().client.get("/").headers


def test_sighup_shows_the_new_certificate_and_cuts_nobody(secured, files, tmp_path):
    with connect(secured, files[0], "first.example") as old:
        ask(old)
        new = make_certificate(tmp_path / "new", "second.example")
        os.replace(new[0], files[0])
        secured.process.send_signal(signal.SIGHUP)  # the key is still the first one's
        time.sleep(0.5)
        assert "goes on with the old certificate" in secured.printed()
        os.replace(new[1], files[1])
        secured.process.send_signal(signal.SIGHUP)
        for _ in range(100):
            try:
                connect(secured, files[0], "second.example").close()
                break
            except ssl.SSLError:
                time.sleep(0.05)
        else:
            raise AssertionError("the new certificate is not shown")
        assert ask(old).startswith("HTTP/1.1 200 ")


@pytest.mark.parametrize("settings, named", [
    ({"TLS_CERT_FILE": "certificate"}, "TLS_KEY_FILE: not set"),
    ({"TLS_KEY_FILE": "key"}, "TLS_CERT_FILE: not set"),
    ({"TLS_CERT_FILE": "certificate", "TLS_KEY_FILE": "certificate"}, "TLS_KEY_FILE ("),
    ({"TLS_CERT_FILE": "certificate", "TLS_KEY_FILE": "nowhere"}, "TLS_KEY_FILE="),
])
def test_files_that_do_not_fit_stop_the_start(binary, tmp_path, files, settings, named):
    paths = {"certificate": str(files[0]), "key": str(files[1]), "nowhere": str(tmp_path / "nowhere.pem")}
    service = Service(binary, tmp_path / "service", {name: paths[file] for name, file in settings.items()})
    result = service.run()
    assert result.returncode == 1
    assert named in result.stderr


def test_a_certificate_that_has_expired_is_told_of_and_served_all_the_same(start, tmp_path):
    certificate, key = make_expired_certificate(tmp_path / "tls", "first.example")
    service = start(TLS_CERT_FILE=str(certificate), TLS_KEY_FILE=str(key))
    while "has expired: clients will refuse it" not in service.printed():
        time.sleep(0.05)
    with pytest.raises(ssl.SSLCertVerificationError, match="expired"):
        connect(service, certificate, "first.example")


@pytest.mark.filterwarnings("ignore:ssl.TLSVersion")
@pytest.mark.parametrize("version", [ssl.TLSVersion.TLSv1, ssl.TLSVersion.TLSv1_1])
def test_old_versions_are_refused_even_to_those_who_allow_them(secured, version):
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    context.set_ciphers("ALL:@SECLEVEL=0")
    context.minimum_version = context.maximum_version = version
    with pytest.raises(ssl.SSLError, match="PROTOCOL_VERSION"):
        context.wrap_socket(socket.create_connection(("127.0.0.1", secured.port), timeout=10))


def test_a_handshake_that_drips_is_cut_and_holds_up_nobody(start, files):
    service = start(TLS_CERT_FILE=str(files[0]), TLS_KEY_FILE=str(files[1]), HEADER_TIMEOUT_SECONDS="1")
    slow = [socket.create_connection(("127.0.0.1", service.port), timeout=10) for _ in range(50)]
    began = time.monotonic()
    for connection in slow:
        connection.sendall(b"\x16\x03")
    with connect(service, files[0], "first.example") as connection:
        assert ask(connection).startswith("HTTP/1.1 200 ")
    assert time.monotonic() - began < 1
    for connection in slow:
        assert connection.recv(100) == b""
        connection.close()
    assert 0.8 < time.monotonic() - began < 4


def test_a_body_that_is_cut_off_registers_nobody(secured, files):
    body = b'{"email": "jane@example.com", "password": "secret123", "full_name": "Jane Doe"}'
    for framing, part in ((b"Content-Length: %d" % (len(body) + 1), body),
                          (b"Transfer-Encoding: chunked", b"%x\r\n%s\r\n" % (len(body), body))):
        with connect(secured, files[0], "first.example") as connection:
            connection.sendall(b"POST /api/v1/users HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n"
                               + framing + b"\r\n\r\n" + part)
            connection.shutdown(socket.SHUT_WR)  # of TCP, without close_notify
            assert b" 201 " not in connection.recv(65536)
    assert secured.count("users") == 0


def test_sessions_are_resumed_and_a_new_certificate_only_costs_a_whole_handshake(secured, files):
    context = ssl.create_default_context(cafile=files[0])
    context.maximum_version = ssl.TLSVersion.TLSv1_2  # where a session can be had before the first answer

    def session_after(session=None):
        with context.wrap_socket(socket.create_connection(("127.0.0.1", secured.port), timeout=10),
                                 server_hostname="first.example", session=session) as connection:
            assert ask(connection).startswith("HTTP/1.1 200 ")
            return connection.session, connection.session_reused

    session, reused = session_after()
    assert not reused
    assert session_after(session)[1]
    shown = secured.printed().count("speaking TLS")
    secured.process.send_signal(signal.SIGHUP)
    while secured.printed().count("speaking TLS") == shown:
        time.sleep(0.05)
    assert not session_after(session)[1]


def test_hundreds_of_handshakes_at_once(secured, files):
    def shake(_):
        with connect(secured, files[0], "first.example") as connection:
            return ask(connection, last=True).split()[1]

    with concurrent.futures.ThreadPoolExecutor(32) as clients:
        assert list(clients.map(shake, range(400))) == ["200"] * 400


def test_a_client_that_sends_without_end_leaves_the_others_their_turn(start, files):
    service = start(TLS_CERT_FILE=str(files[0]), TLS_KEY_FILE=str(files[1]), IO_THREADS="1")
    endless = subprocess.Popen(["openssl", "s_client", "-quiet", "-connect", f"127.0.0.1:{service.port}"],
                               stdin=subprocess.PIPE, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)

    def send():
        with contextlib.suppress(OSError):
            while True:
                endless.stdin.write(b"GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n" * 400)

    sender = threading.Thread(target=send)
    sender.start()
    try:
        with connect(service, files[0], "first.example") as connection:
            connection.settimeout(3)
            for _ in range(100):
                assert ask(connection).startswith("HTTP/1.1 200 ")
                time.sleep(0.01)
    finally:
        endless.kill()
        sender.join()
        with contextlib.suppress(OSError):
            endless.stdin.close()
        endless.wait()
