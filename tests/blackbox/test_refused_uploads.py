"""Whoever's upload is refused sees the status and never a reset, whether the body was read or not, directly and through
nginx."""
import concurrent.futures
import socket
import subprocess
import time

import pytest

from certificates import make_certificate
from nginx import Nginx
from service import API

EXPECTATIONS = {"as curl likes": [], "none": ["-H", "Expect:"], "100-continue": ["-H", "Expect: 100-continue"]}
LIMIT = 1_000_000


@pytest.fixture(scope="module")
def files(tmp_path_factory):
    folder = tmp_path_factory.mktemp("files")
    for name, size in (("fits", 900_000), ("large", 10_000_000)):
        (folder / name).write_bytes(b"x" * size)
    return folder


def upload(base, file, token, *options):
    """The status that curl shows, and how long it took; curl fails when the connection is reset."""
    command = ["curl", "-sS", "-o", "/dev/null", "-w", "%{http_code} %{time_total}", "--insecure", "--http1.1", *options,
               "-F", f"file=@{file}", base + API + "/users/upload-file"]
    if token:
        command += ["-H", f"Authorization: Bearer {token}"]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60)
    assert done.returncode == 0, done.stderr
    status, seconds = done.stdout.split()
    return int(status), float(seconds)


def upload_often(base, files, token, times, *options):
    def once(_):
        status, seconds = upload(base, files / "fits", token, *options)
        return (status, upload(base, files / "fits", None, *options)[0], upload(base, files / "large", token, *options)[0]), seconds

    with concurrent.futures.ThreadPoolExecutor(3) as crowd:
        answers = list(crowd.map(once, range(times)))
    assert {statuses for statuses, _ in answers} == {(200, 401, 413)}
    # Clients that are not told to continue wait for a whole second.
    assert sorted(seconds for _, seconds in answers)[times // 2] < 0.9


def through_nginx(start, tmp_path):
    service = start(UPLOAD_MAX_BYTES=str(LIMIT), TRUSTED_PROXIES="127.0.0.1")
    certificate, key = make_certificate(tmp_path / "tls", "auth.example.com")
    return service, Nginx(tmp_path / "nginx", [service], certificate, key).start()


@pytest.mark.parametrize("expectation", EXPECTATIONS)
def test_refused_uploads_get_their_status(start, files, expectation):
    service = start(UPLOAD_MAX_BYTES=str(LIMIT))
    upload_often(service.base, files, service.tokens()["access_token"], 10, *EXPECTATIONS[expectation])


@pytest.mark.long
@pytest.mark.parametrize("expectation", EXPECTATIONS)
def test_refused_uploads_get_their_status_a_hundred_times(start, files, expectation):
    service = start(UPLOAD_MAX_BYTES=str(LIMIT))
    upload_often(service.base, files, service.tokens()["access_token"], 100, *EXPECTATIONS[expectation])


@pytest.mark.long
@pytest.mark.parametrize("expectation", EXPECTATIONS)
def test_refused_uploads_get_their_status_through_nginx_a_hundred_times(start, files, tmp_path, expectation):
    service, nginx = through_nginx(start, tmp_path)
    try:
        upload_often(f"https://127.0.0.1:{nginx.port}", files, service.tokens()["access_token"], 100, *EXPECTATIONS[expectation])
    finally:
        nginx.stop()


def test_an_unknown_expectation_is_refused_before_the_body(start, files):
    service = start()
    token = service.tokens()["access_token"]
    assert upload(service.base, files / "fits", token, "-H", "Expect: something-else")[0] == 417


def test_a_slow_client_is_told_to_continue_at_once_and_a_refused_one_at_once_too(start, files):
    service = start(UPLOAD_MAX_BYTES=str(LIMIT))
    token = service.tokens()["access_token"]
    slowly = ["--limit-rate", "500k", "-H", "Expect: 100-continue"]
    status, seconds = upload(service.base, files / "fits", token, *slowly)
    assert status == 200 and seconds > 0.9
    for who, file, wanted in ((None, "fits", 401), (token, "large", 413)):
        status, seconds = upload(service.base, files / file, who, *slowly)
        assert status == wanted and seconds < 1
    for authorization, length, wanted in ((f"Bearer {token}", 1000, b"100 Continue"), ("Bearer x", 1000, b"401 "),
                                          (f"Bearer {token}", 10 * LIMIT, b"413 ")):
        with socket.create_connection(("127.0.0.1", service.port), timeout=10) as connection:
            began = time.monotonic()
            connection.sendall((f"POST {API}/users/upload-file HTTP/1.1\r\nHost: x\r\nAuthorization: {authorization}\r\n"
                                f"Content-Type: multipart/form-data; boundary=x\r\nContent-Length: {length}\r\n"
                                "Expect: 100-continue\r\n\r\n").encode())
            assert connection.recv(1000).startswith(b"HTTP/1.1 " + wanted)
            assert time.monotonic() - began < 0.9
