"""The packaged configuration of nginx in front of the real service: who the client is, and what uploads meet."""
import concurrent.futures
import contextlib
import re
import socket
import ssl
import subprocess
import time

import httpx
import pytest

from certificates import make_certificate
from nginx import PACKAGED, Nginx
from service import API, new_email

JANE, MARY = "127.0.0.2", "127.0.0.3"  # two clients; the proxy, which is trusted, is 127.0.0.1


@pytest.fixture
def proxied(start, tmp_path):
    """proxied([changes], SETTING="value", …) -> the service, and its nginx with those changes."""
    running = []

    def starter(changes=(), **settings):
        service = start(**{"TRUSTED_PROXIES": "127.0.0.1", **settings})
        certificate, key = make_certificate(tmp_path / "tls", "auth.example.com")
        nginx = Nginx(tmp_path / "nginx", [service], certificate, key, changes)
        checked = nginx.check()
        assert checked.returncode == 0 and "warn" not in checked.stderr, checked.stderr
        running.append(nginx.start())
        return service, nginx

    yield starter
    for nginx in running:
        nginx.stop()


def client_at(address, nginx):
    """A client with that address of its own."""
    context = ssl.create_default_context(cafile=nginx.certificate)
    context.check_hostname = False
    transport = httpx.HTTPTransport(verify=context, local_address=address)
    return httpx.Client(base_url=f"https://127.0.0.1:{nginx.port}", transport=transport, timeout=30)


def guess(client, headers=()):
    return client.post(API + "/auth/login", json={"email": new_email(), "password": "wrong-one"},
                       headers=headers).status_code


def test_the_packaged_file_serves_over_tls_and_sends_the_rest_there(proxied):
    _, nginx = proxied()
    with client_at(JANE, nginx) as jane:
        answer = jane.get("/")
        assert (answer.status_code, answer.json()["status"]) == (200, "ok")
        assert answer.headers.get_list("strict-transport-security") == ["max-age=31536000"]
        assert answer.headers["server"] == "nginx"  # and no version
        assert jane.get("/nowhere").headers.get_list("strict-transport-security") == ["max-age=31536000"]
        assert jane.get("/readyz").status_code == 404
    plain = httpx.get(f"http://127.0.0.1:{nginx.plain_port}/docs?a=b", headers={"host": "auth.example.com"}, trust_env=False)
    assert (plain.status_code, plain.headers["location"]) == (308, "https://auth.example.com/docs?a=b")


def test_clients_are_counted_apart(proxied):
    _, nginx = proxied(RATE_LIMIT_LOGIN="3/minute")
    with client_at(JANE, nginx) as jane, client_at(MARY, nginx) as mary:
        assert [guess(jane) for _ in range(4)] == [400, 400, 400, 429]
        assert guess(mary) == 400


# What each of the ways in which a client may speak of its address does to it: nothing.
LIES = {
    "another address each time": lambda i: [("X-Forwarded-For", f"203.0.113.{i}")],
    "the address of somebody else": lambda i: [("X-Forwarded-For", MARY)],
    "the address of the proxy": lambda i: [("X-Forwarded-For", "127.0.0.1")],
    "two lines": lambda i: [("X-Forwarded-For", f"203.0.113.{i}"), ("X-Forwarded-For", MARY)],
    "no address": lambda i: [("X-Forwarded-For", "unknown, ,;")],
    "X-Real-IP": lambda i: [("X-Real-IP", f"203.0.113.{i}")],
    "Forwarded": lambda i: [("Forwarded", f"for=203.0.113.{i}")],
    "X_Forwarded_For": lambda i: [("X_Forwarded_For", f"203.0.113.{i}")],
    "a header that shall be dropped": lambda i: [("Connection", "X-Forwarded-For"), ("X-Forwarded-For", f"203.0.113.{i}")],
}
APPENDING = [("proxy_set_header X-Forwarded-For $remote_addr;", "proxy_set_header X-Forwarded-For $proxy_add_x_forwarded_for;")]


@pytest.mark.parametrize("changes", [[], APPENDING], ids=["overwritten", "appended"])
def test_what_a_client_says_of_its_address_changes_nothing(proxied, changes):
    _, nginx = proxied(changes, RATE_LIMIT_LOGIN="3/minute")
    for number, (lie, headers) in enumerate(LIES.items()):
        with client_at(f"127.0.1.{number}", nginx) as liar:
            assert [guess(liar, headers(i)) for i in range(8)] == [400] * 3 + [429] * 5, lie
    with client_at(MARY, nginx) as mary:
        assert guess(mary) == 400


def test_who_goes_round_the_proxy_is_counted_by_its_own_address(proxied):
    service, _ = proxied(RATE_LIMIT_LOGIN="3/minute")
    with httpx.Client(base_url=service.base, transport=httpx.HTTPTransport(local_address=JANE)) as jane:
        assert [guess(jane, [("X-Forwarded-For", f"203.0.113.{i}")]) for i in range(4)] == [400, 400, 400, 429]


def upload(nginx, file, token=None, *options):
    """The status that curl shows, and how long it took."""
    command = ["curl", "-s", "-o", "/dev/null", "-w", "%{http_code} %{time_total}", "--insecure", *options,
               "-F", f"file=@{file}", f"https://127.0.0.1:{nginx.port}{API}/users/upload-file"]
    if token:
        command += ["-H", f"Authorization: Bearer {token}"]
    printed = subprocess.run(command, capture_output=True, text=True, timeout=60)
    assert printed.returncode == 0, (printed.returncode, printed.stderr)
    status, seconds = printed.stdout.split()
    return int(status), float(seconds)


@pytest.mark.parametrize("options", [["--http1.1"], ["--http1.1", "-H", "Expect:"], ["--http1.1", "-H", "Expect: 100-continue"]])
def test_uploads_get_their_status_and_no_reset(proxied, tmp_path, options):
    service, nginx = proxied(UPLOAD_MAX_BYTES="12000000")
    token = service.tokens()["access_token"]
    fits, too_large = tmp_path / "fits.bin", tmp_path / "large.bin"
    fits.write_bytes(b"x" * 10_000_000)
    too_large.write_bytes(b"x" * 40_000_000)
    for _ in range(3):
        status, seconds = upload(nginx, fits, token, *options)
        assert status == 200 and seconds < 5
        assert upload(nginx, fits, None, *options)[0] == 401
        assert upload(nginx, too_large, token, *options)[0] == 413


PERSON = b'{"email": "smuggled@example.com", "password": "secret123", "full_name": "Nobody"}'
MARKER = (b"POST /api/v1/users HTTP/1.1\r\nHost: auth.example.com\r\nContent-Type: application/json\r\n"
          b"Content-Length: %d\r\n\r\n" % len(PERSON)) + PERSON

# Heads of requests behind which the marker is, for nginx, a part of the body or of what it refuses.
SMUGGLING = {
    "length and chunks": b"Content-Length: %(all)d\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
    "chunks and length": b"Transfer-Encoding: chunked\r\nContent-Length: %(all)d\r\n\r\n0\r\n\r\n",
    "a blank before the colon": b"Content-Length: %(all)d\r\nTransfer-Encoding : chunked\r\n\r\n0\r\n\r\n",
    "a vertical tab": b"Content-Length: %(all)d\r\nTransfer-Encoding: \x0bchunked\r\n\r\n0\r\n\r\n",
    "an underscore": b"Content-Length: %(all)d\r\nTransfer_Encoding: chunked\r\n\r\n0\r\n\r\n",
    "a line feed alone": b"Content-Length: %(all)d\r\nX: y\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
    "a carriage return alone": b"Content-Length: %(all)d\r\nX: y\rTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
    "a folded line": b"Content-Length: %(all)d\r\nTransfer-Encoding:\r\n chunked\r\n\r\n0\r\n\r\n",
    "another coding": b"Content-Length: %(all)d\r\nTransfer-Encoding: xchunked\r\n\r\n0\r\n\r\n",
    "two lengths": b"Content-Length: 5\r\nContent-Length: %(all)d\r\n\r\n0\r\n\r\n",
    "a length with a sign": b"Content-Length: +%(all)d\r\n\r\n0\r\n\r\n",
    "one chunk around it": b"Transfer-Encoding: chunked\r\n\r\n%(marker)x;a=\n0\r\n",
    "a length that is dropped": b"Connection: Content-Length\r\nContent-Length: %(all)d\r\n\r\n0\r\n\r\n",
}


@pytest.mark.parametrize("path", ["/api/v1/auth/login", "/api/v1/users/upload-file"])
def test_no_request_is_smuggled_past_the_proxy(proxied, path):
    service, nginx = proxied()
    context = ssl.create_default_context(cafile=nginx.certificate)
    context.check_hostname = False
    for name, framing in SMUGGLING.items():
        head = framing % {b"all": len(MARKER) + 5, b"marker": len(MARKER)}
        with context.wrap_socket(socket.create_connection(("127.0.0.1", nginx.port), timeout=1)) as connection:
            connection.sendall(b"POST " + path.encode() + b" HTTP/1.1\r\nHost: auth.example.com\r\n"
                               b"Content-Type: application/json\r\n" + head + MARKER)
            received = b""
            with contextlib.suppress(TimeoutError, ConnectionResetError):
                while chunk := connection.recv(65536):
                    received += chunk
        assert re.findall(rb"HTTP/1.1 (2..)", received) == [], (name, received)
        assert service.count("users") == 0, name
    # The marker would have worked.
    service.raw(MARKER, wait=2)
    assert service.count("users") == 1


@pytest.mark.long
def test_no_request_meets_a_connection_that_is_being_closed(proxied):
    """nginx gives up idle connections before we do, here after 1 s and 2 s; clients pause around both times."""
    service, nginx = proxied([("keepalive_timeout 60s;", "keepalive_timeout 1s;")], IDLE_TIMEOUT_SECONDS="2")
    refresh = {"refresh_token": service.tokens()["refresh_token"]}

    def use(number):
        with client_at(JANE, nginx) as client:
            statuses = set()
            for turn in range(6):
                statuses.add(client.post(API + "/auth/refresh-token", json=refresh).status_code)
                time.sleep(0.9 + (number * 6 + turn) % 12 * 0.1)
            return statuses

    with concurrent.futures.ThreadPoolExecutor(30) as threads:
        assert set().union(*threads.map(use, range(30))) == {200}


def test_the_packaged_file_closes_idle_connections_before_the_service_does(service):
    by_nginx = int(re.search(r"^ *keepalive_timeout (\d+)s;", PACKAGED.read_text(), re.M)[1])
    ours = int(re.search(r"IDLE_TIMEOUT_SECONDS\W+(\d+)", service.run("config").stdout)[1])
    assert by_nginx < ours
