"""Each route gets a table of bad inputs: a clear 4xx, nothing stored, nothing mailed, and the service lives on."""
import json
import socket

import pytest

from service import API

LONG = "x" * 70_000
EMAIL = "jane@example.com"

# Bodies that no route takes, whatever its fields are.
BROKEN_BODIES = {
    "nothing": b"",
    "blank": b"  \n ",
    "cut off": b'{"email": "jane@exam',
    "an open brace": b"{",
    "a trailing comma": b'{"email": "jane@example.com",}',
    "single quotes": b"{'email': 'jane@example.com'}",
    "two values": b'{} {}',
    "a list": b"[]",
    "a text": b'"jane"',
    "null": b"null",
    "a number": b"42",
    "NaN": b"NaN",
    "bytes that are not UTF-8": b'{"email": "\xff\xfe@example.com"}',
    "deep nesting": b"[" * 60_000,
    "a NUL": b'{"email": "\x00"}',
    "a bare escape": b'{"email": "\\x"}',
}

# Values that no text field takes.
WRONG_TYPES = {"a number": 1, "null": None, "true": True, "a list": ["x"], "an object": {"$ne": 1}}

BAD_ADDRESSES = {
    "empty": "",
    "no at": "plain",
    "two ats": "a@b@example.com",
    "comma": "a,b@example.com",
    "blank inside": "a b@example.com",
    "quoted": '"a b"@example.com',
    "header injection": "a@example.com\r\nBcc: v@example.com",
    "line feed": "a@example.com\n.",
    "literal": "a@[127.0.0.1]",
    "percent": "a@example.com%00",
    "comment": "a(x)@example.com",
    "local part of 65": "x" * 65 + "@example.com",
    "255 in all": "a@" + ".".join(["x" * 60] * 5) + ".com",
    "NUL": "a\u0000@example.com",
    "right-to-left override": "a\u202e@example.com",
    "zero width space": "jane@example.com\u200b",
    "full-width at": "jane\uff20example.com",
    "reserved domain": "jane@service.local",
    "localhost": "jane@localhost",
    "lone surrogate": "\ud800@example.com",
    "very long": LONG,
}

ROUTES = {
    "/users": {"email": EMAIL, "password": "secret123", "full_name": "Jane Doe"},
    "/auth/send-otp": {"email": EMAIL},
    "/auth/verify-otp": {"email": EMAIL, "otp": "123456"},
    "/auth/login": {"email": EMAIL, "password": "secret123"},
    "/auth/refresh-token": {"refresh_token": "garbage-garbage"},
}

BAD_VALUES = {
    ("/users", "password"): {"five": "12345", "513": "x" * 513, "lone surrogate": "secret\ud800", "very long": LONG},
    ("/users", "full_name"): {"256": "x" * 256, "NUL": "Jane\u0000Doe", "lone surrogate": "\udfff"},
    ("/auth/verify-otp", "otp"): {"three": "123", "eleven": "12345678901", "lone surrogate": "12345\ud800"},
    ("/auth/refresh-token", "refresh_token"): {"nine": "123456789", "very long": LONG},
}


def bodies():
    for path, good in ROUTES.items():
        for name, raw in BROKEN_BODIES.items():
            yield pytest.param(path, raw, id=f"{path} {name}")
        for field in good:
            optional = (path, field) == ("/users", "full_name")
            if not optional:
                missing = {key: value for key, value in good.items() if key != field}
                yield pytest.param(path, json.dumps(missing).encode(), id=f"{path} without {field}")
            for name, value in WRONG_TYPES.items():
                if not (optional and value is None):
                    yield pytest.param(path, json.dumps({**good, field: value}).encode(), id=f"{path} {field} is {name}")
            bad = BAD_ADDRESSES if field == "email" else BAD_VALUES.get((path, field), {})
            for name, value in bad.items():
                yield pytest.param(path, json.dumps({**good, field: value}).encode(), id=f"{path} {field} {name}")


def assert_refused(service, answer):
    assert 400 <= answer.status_code < 500, answer.text
    assert answer.headers["content-type"].split(";")[0] == "application/json"
    detail = answer.json()["detail"]
    assert detail and (isinstance(detail, str) or all(part["msg"] and part["loc"] for part in detail))
    answer.content.decode()  # valid UTF-8
    assert service.count("users") == 0 and service.count("outbox") == 0 and service.mails() == []


@pytest.mark.parametrize("path, raw", bodies())
def test_a_bad_body_is_refused(service, path, raw):
    answer = service.client.post(API + path, content=raw, headers={"content-type": "application/json"})
    assert_refused(service, answer)


@pytest.mark.parametrize("path", ROUTES)
@pytest.mark.parametrize("content_type", [None, "text/plain", "application/x-www-form-urlencoded", "application/xml",
                                          "multipart/form-data; boundary=x", "application/jsonx", "json"])
def test_a_body_that_does_not_say_json_is_refused(service, path, content_type):
    headers = {"content-type": content_type} if content_type else {}
    answer = service.client.post(API + path, content=json.dumps(ROUTES[path]).encode(), headers=headers)
    # The old README promised that a refresh token may be sent as plain text, so there the body is a (wrong) token.
    assert answer.status_code == (401 if path == "/auth/refresh-token" else 422)
    assert_refused(service, answer)


@pytest.mark.parametrize("path", ROUTES)
@pytest.mark.parametrize("method", ["GET", "PUT", "PATCH", "DELETE", "HEAD", "OPTIONS", "TRACE", "BREW"])
def test_a_wrong_method_is_refused(service, path, method):
    answer = service.client.request(method, API + path)
    assert answer.status_code == 405
    assert answer.headers["allow"] == "POST"
    assert method == "HEAD" or answer.json() == {"detail": "Method Not Allowed"}


@pytest.mark.parametrize("path", ROUTES)
def test_a_body_that_is_cut_off_stores_nothing(service, path):
    body = json.dumps(ROUTES[path]).encode()
    head = f"POST {API}{path} HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: {len(body)}\r\n\r\n"
    with socket.create_connection(("127.0.0.1", service.port)) as connection:
        connection.sendall(head.encode() + body[:-5])
        connection.shutdown(socket.SHUT_WR)
        connection.settimeout(10)
        answer = connection.recv(65536)
    assert answer == b"" or answer.startswith(b"HTTP/1.1 400")
    assert service.count("users") == 0 and service.count("outbox") == 0


@pytest.mark.parametrize("path", ROUTES)
def test_a_body_over_the_limit_is_refused_before_it_is_read(service, path):
    head = f"POST {API}{path} HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: 1000000000\r\n\r\n"
    assert service.raw(head.encode()).startswith(b"HTTP/1.1 413 ")


@pytest.mark.parametrize("path, method", [("/users/profile", "GET"), ("/auth/logout", "POST")])
@pytest.mark.parametrize("header", ["", "Bearer", "Bearer nonsense", "Basic dXNlcjpwYXNz", "bearer a.b.c",
                                    "Bearer eyJhbGciOiJub25lIn0.eyJzdWIiOiIxIn0.", "Bearer " + "a" * 7000,
                                    "Bearer " + "." * 7000])
def test_a_route_that_needs_a_token_refuses_everything_else(service, path, method, header):
    answer = service.client.request(method, API + path, headers={"authorization": header} if header else {})
    assert answer.status_code == 401
    assert answer.headers["www-authenticate"].startswith("Bearer")


def test_a_missing_token_is_told_before_a_broken_body(service):
    answer = service.client.post(API + "/auth/logout", content=b"{", headers={"content-type": "application/json"})
    assert answer.status_code == 401


def test_after_all_that_the_main_job_still_works(start):
    service = start()
    assert service.get("/users/profile", service.tokens()["access_token"]).status_code == 200
