"""An object store that is slow, silent, or cannot be found: files are answered 503 in time, and nothing else notices."""
import http.server
import os
import threading
import time

import pytest

import minio
from faulty_link import FaultyLink
from service import API
from test_files import Person
from test_files_minio import assert_unavailable

pytestmark = pytest.mark.skipif(not minio.program("minio").exists(),
                                reason="!!! NOT TESTED: there is no MinIO; tools/install_minio.sh builds it")


@pytest.fixture(scope="module")
def store(tmp_path_factory):
    running = minio.Minio(tmp_path_factory.mktemp("minio")).start()
    yield running
    running.stop()


@pytest.fixture
def link(store):
    between = FaultyLink(store.port)
    yield between
    between.close()


@pytest.fixture
def jane(start, store, link):
    # The signature names the host, so the store must be told the port that the client knows.
    return Person(start(**store.settings(MINIO_ENDPOINT=f"127.0.0.1:{link.port}")))


def in_background(call):
    """Begins the call, and returns a function that waits for what it returns and how many seconds it took."""
    outcome, began = [], time.monotonic()

    def run():
        outcome.append(call())
        outcome.append(time.monotonic() - began)

    thread = threading.Thread(target=run)
    thread.start()

    def wait():
        thread.join()
        return outcome

    return wait


@pytest.mark.parametrize("how", ["silent", "cut"])
def test_an_upload_that_the_store_does_not_take_to_the_end_leaves_nothing(jane, link, store, how):
    content, name = os.urandom(8_000_000), f"{how}.bin"
    assert jane.upload("small.txt", b"x").status_code == 200
    link.bytes_per_second = 4_000_000
    upload = in_background(lambda: jane.upload(name, content))
    time.sleep(1)
    if how == "silent":
        link.silent = True
    else:
        link.target, port = 1, link.target  # it stays away
        link.cut()
    answer, took = upload()
    assert_unavailable(answer)
    print(f"{how}: 503 after {took:.1f} s")
    assert took < 20
    assert jane.service.get("/users/profile", jane.token).status_code == 200
    link.silent, link.bytes_per_second = False, None
    if how == "cut":
        link.target = port
    link.cut()
    deadline = time.monotonic() + 20
    while (answer := jane.download("small.txt")).status_code != 200:
        assert time.monotonic() < deadline, answer.text
        time.sleep(0.2)
    assert not [key for key in store.keys() if key.endswith(name)]
    assert jane.upload(name, content).status_code == 200
    assert jane.download(name).content == content


def read_to_the_end(person, name):
    """The head and the body of a download, until the connection is closed."""
    received = person.service.raw(f"GET {API}/users/download-file/{name} HTTP/1.1\r\nHost: x\r\n"
                                  f"Authorization: Bearer {person.token}\r\n\r\n".encode(), wait=25)
    head, _, body = received.partition(b"\r\n\r\n")
    return head, body


@pytest.mark.parametrize("how", ["silent", "cut"])
def test_a_download_that_breaks_off_ends_short_of_its_length(jane, link, how):
    content = os.urandom(8_000_000)
    assert jane.upload("big.bin", content).status_code == 200
    link.bytes_per_second = 2_000_000
    received = in_background(lambda: read_to_the_end(jane, "big.bin"))
    time.sleep(1)
    if how == "silent":
        link.silent = True
    else:
        link.cut()
    (head, body), took = received()
    assert f"content-length: {len(content)}".encode() in head.lower()
    assert len(body) < len(content) and content.startswith(body)
    print(f"{how}: ended after {took:.1f} s, {len(body)} of {len(content)} bytes")
    assert took < 20


def test_a_store_whose_name_is_unknown_is_503(start, store):
    jane = Person(start(**store.settings(MINIO_ENDPOINT="store.invalid:9000")))
    for _ in range(3):
        began = time.monotonic()
        assert_unavailable(jane.download("a.txt"))
        assert time.monotonic() - began < 6
    assert jane.service.client.get("/readyz").status_code == 200


def test_a_store_that_asks_to_slow_down_is_503_and_not_asked_without_end(start, store):
    asked = []

    class SlowDown(http.server.BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def answer(self):
            asked.append(self.path)
            self.rfile.read(int(self.headers.get("content-length", 0)))
            body = b"<?xml version='1.0'?><Error><Code>SlowDown</Code><Message>Please reduce your rate</Message></Error>"
            self.send_response(503)
            self.send_header("content-length", str(len(body)))
            self.end_headers()
            if self.command != "HEAD":
                self.wfile.write(body)

        do_GET = do_PUT = do_HEAD = do_DELETE = answer

        def log_message(self, *_):
            pass

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), SlowDown)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        jane = Person(start(**store.settings(MINIO_ENDPOINT=f"127.0.0.1:{server.server_port}")))
        time.sleep(0.5)
        asked.clear()
        for call in (lambda: jane.upload("a.txt", b"x"), lambda: jane.download("a.txt")):
            began = time.monotonic()
            assert_unavailable(call())
            assert time.monotonic() - began < 6
        assert len(asked) <= 8, asked
    finally:
        server.shutdown()
        server.server_close()
