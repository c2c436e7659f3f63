"""The HTTP front as an attacker and a proxy see it: framing, limits, headers. Bytes are sent exactly as they stand here."""
import re
import socket
import statistics
import time

import pytest

PROFILE = b"GET /api/v1/users/profile HTTP/1.1\r\nHost: x\r\n\r\n"


def head(*lines, method="POST", target="/api/v1/auth/login", version="HTTP/1.1"):
    return "\r\n".join([f"{method} {target} {version}", *lines, "", ""]).encode()


# Whatever could make a proxy in front of us see another end of the request than we do.
FRAMING = {
    "length and encoding": head("Host: x", "Content-Length: 4", "Transfer-Encoding: chunked"),
    "encoding and length": head("Host: x", "Transfer-Encoding: chunked", "Content-Length: 4"),
    "gzip": head("Host: x", "Transfer-Encoding: gzip"),
    "identity": head("Host: x", "Transfer-Encoding: identity"),
    "chunked, identity": head("Host: x", "Transfer-Encoding: chunked, identity"),
    "xchunked": head("Host: x", "Transfer-Encoding: xchunked"),
    "chunked;a=b": head("Host: x", "Transfer-Encoding: chunked;a=b"),
    "empty encoding": head("Host: x", "Transfer-Encoding:"),
    "two encodings": head("Host: x", "Transfer-Encoding: chunked", "Transfer-Encoding: chunked"),
    "chunked in 1.0": head("Host: x", "Transfer-Encoding: chunked", version="HTTP/1.0"),
    "plus": head("Host: x", "Content-Length: +5"),
    "minus": head("Host: x", "Content-Length: -1"),
    "hex": head("Host: x", "Content-Length: 0x5"),
    "list": head("Host: x", "Content-Length: 5, 5"),
    "two lengths": head("Host: x", "Content-Length: 5", "Content-Length: 5"),
    "too long a number": head("Host: x", "Content-Length: 18446744073709551616"),
    "bare line feed": b"POST /api/v1/auth/login HTTP/1.1\nHost: x\n\n",
    "bare carriage return": b"POST /api/v1/auth/login HTTP/1.1\r\nHost: x\rA: b\r\n\r\n",
    "folded line": b"POST /api/v1/auth/login HTTP/1.1\r\nHost: x\r\nA: b\r\n c\r\n\r\n",
    "space before colon": head("Host: x", "Content-Length : 5"),
    "no name": head("Host: x", ": b"),
    "NUL": head("Host: x", "A: b\x00c"),
    "no host": head("A: b"),
    "two hosts": head("Host: x", "Host: y"),
    "host with a path": head("Host: x/y"),
    "host with a user": head("Host: a@x"),
    "HTTP/1.2": head("Host: x", version="HTTP/1.2"),
    "HTTP/2.0": head("Host: x", version="HTTP/2.0"),
    "lower case": head("Host: x", version="http/1.1"),
    "no version": b"GET /\r\n\r\n",
    "fragment": head("Host: x", target="/api/v1/auth/login#x"),
    "bad chunk size": head("Host: x", "Transfer-Encoding: chunked") + b"0x5\r\nhello\r\n0\r\n\r\n",
    "signed chunk size": head("Host: x", "Transfer-Encoding: chunked") + b"+5\r\nhello\r\n0\r\n\r\n",
    "overflowing chunk size": head("Host: x", "Transfer-Encoding: chunked") + b"fffffffffffffffff\r\n",
    "long chunk extension": head("Host: x", "Transfer-Encoding: chunked") + b"5;" + b"a" * 100_000 + b"\r\nhello\r\n",
}


@pytest.mark.parametrize("name", FRAMING)
def test_an_ambiguous_request_is_refused_and_the_connection_closed(service, name):
    received = service.raw(FRAMING[name] + b"smuggled" + PROFILE)
    status = int(received.split(b" ", 2)[1])
    assert status in (400, 413, 501, 505), received[:200]
    assert len(re.findall(rb"HTTP/1.1 \d{3} ", received)) == 1, "the smuggled request was answered"
    assert b"connection: close" in received.lower()


def test_a_trailer_is_not_a_header(service):
    token = service.tokens()["access_token"]
    request = (b"GET /api/v1/users/profile HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n"
               + f"Authorization: Bearer {token}\r\n\r\n".encode())
    assert service.raw(request, wait=2).startswith(b"HTTP/1.1 401 ")


@pytest.mark.parametrize("request_bytes, status", [
    (head(*[f"A{i}: b" for i in range(101)], "Host: x"), 431),
    (head("Host: x", "A: " + "b" * 9000), 431),
    (head("Host: x", target="/" + "a" * 5000), 414),
    (head("Host: x", "Expect: 200-maybe", "Content-Length: 2"), 417),
    (head("Host: x", "Content-Encoding: gzip", "Content-Type: application/json", "Content-Length: 2") + b"{}", 415),
    (head("Host: x", "Content-Length: 100000000"), 413),
], ids=["fields", "header", "target", "expectation", "coding", "body"])
def test_what_is_over_a_limit_has_its_own_status(service, request_bytes, status):
    assert service.raw(request_bytes, wait=3).startswith(f"HTTP/1.1 {status} ".encode())


def test_a_hundred_pipelined_requests_are_answered_in_order(service):
    paths = ["/" if i % 2 else "/nowhere" for i in range(99)]
    requests = b"".join(head("Host: x", method="GET", target=path) for path in paths)
    received = service.raw(requests + head("Host: x", "Connection: close", method="GET", target="/healthz"))
    statuses = [int(part[:3]) for part in received.split(b"HTTP/1.1 ")[1:]]
    assert statuses == [200 if path == "/" else 404 for path in paths] + [200]


def test_continue_is_sent_at_once_and_only_when_the_body_is_wanted(service):
    with socket.create_connection(("127.0.0.1", service.port), timeout=5) as connection:
        connection.sendall(head("Host: x", "Expect: 100-continue", "Content-Type: application/json", "Content-Length: 2"))
        assert connection.recv(100).startswith(b"HTTP/1.1 100 ")
        connection.sendall(b"{}")
        assert connection.recv(65536).startswith(b"HTTP/1.1 422 ")
    refused = service.raw(head("Host: x", "Expect: 100-continue", "Content-Length: 2", target="/api/v1/auth/logout"), wait=2)
    assert refused.startswith(b"HTTP/1.1 401 ")


def test_a_head_that_drips_is_cut_off(start):
    service = start(HEADER_TIMEOUT_SECONDS="1")
    began = time.monotonic()
    with socket.create_connection(("127.0.0.1", service.port), timeout=10) as connection:
        connection.sendall(b"GET / HTTP/1.1\r\n")
        assert connection.recv(1000) == b"" or True
        assert time.monotonic() - began < 5


def test_every_answer_has_the_security_headers_and_an_id_of_our_own(service):
    for path in ("/", "/api/v1/nope", "/api/v1/users/profile"):
        answer = service.client.get(path, headers={"x-request-id": "mine\u0007"[:4]})
        assert answer.headers["x-content-type-options"] == "nosniff"
        assert "default-src 'none'" in answer.headers["content-security-policy"]
        assert answer.headers["referrer-policy"] == "no-referrer"
        assert answer.headers["cache-control"] == "no-store"
        assert len(answer.headers["x-request-id"]) == 32
        assert "server" not in answer.headers


@pytest.mark.parametrize("origin, allowed", [
    ("https://app.example.com", True), ("http://localhost:3000", True), ("https://app.example.co", False),
    ("https://app.example.com.evil.com", False), ("http://app.example.com", False), ("https://app", False),
    ("null", False), ("https://app.example.com:443", False), ("https://APP.example.com", False),
    ("https://app.example.com/", False),
])
def test_only_exact_origins_may_read_answers_of_every_kind(start, origin, allowed):
    service = start(BACKEND_CORS_ORIGINS="https://app.example.com,http://localhost:3000")
    for answer in (service.client.get("/", headers={"origin": origin}),
                   service.client.get("/nope", headers={"origin": origin}),
                   service.client.put("/api/v1/auth/login", headers={"origin": origin}),
                   service.client.post("/api/v1/auth/login", content=b"{", headers={"origin": origin}),
                   service.client.get("/api/v1/users/profile", headers={"origin": origin})):
        assert answer.headers.get("access-control-allow-origin") == (origin if allowed else None)
        assert "Origin" in answer.headers["vary"]


@pytest.mark.parametrize("path", ["/.env", "/.git/config", "/metrics", "/debug", "/api/v1/users/profile/x.css",
                                  "//api/v1/users/profile", "/api/v1/../../etc/passwd", "/api/v1/users/profile;x"])
def test_nothing_else_is_there(service, path):
    assert service.raw(head("Host: x", "Connection: close", method="GET", target=path)).startswith(b"HTTP/1.1 404 ")


def test_the_docs_can_be_switched_off(start):
    service = start(DOCS="off")
    assert [service.client.get(path).status_code for path in ("/docs", "/redoc", "/openapi.json")] == [404] * 3


def test_health_checks_answer_head_like_get(service):
    for path in ("/healthz", "/readyz"):
        assert service.client.get(path).json() == {"status": "ok"}
        answer = service.client.head(path)
        assert answer.status_code == 200 and answer.content == b""


def test_everything_else_that_is_read_answers_head_as_the_replaced_service(service):
    for path in ("/docs", "/redoc", "/openapi.json"):
        assert service.client.head(path).status_code == 200
    for path in ("/", "/api/v1/users/profile", "/api/v1/users/files", "/api/v1/users/download-file/a.txt"):
        answer = service.client.head(path)
        assert (answer.status_code, answer.headers["allow"], answer.content) == (405, "GET", b"")


def test_a_client_that_sends_head_and_body_apart_need_not_wait_for_the_kernel(service):
    """Its second packet waits for the acknowledgement of the first, which the kernel would put off for 40 ms."""
    body = b'{"email": "jane@example.com", "password": 1}'
    first = head("Host: x", "Content-Type: application/json", f"Content-Length: {len(body)}")
    times = []
    with socket.create_connection(("127.0.0.1", service.port), timeout=10) as connection:
        for _ in range(20):
            began = time.monotonic()
            connection.sendall(first)
            connection.sendall(body)
            assert connection.recv(65536).startswith(b"HTTP/1.1 422")
            times.append(time.monotonic() - began)
    assert statistics.median(times) < 0.035, times
