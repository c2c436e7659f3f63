"""A store that is slow, silent, cut off, busy or nowhere: files answer 503 soon, everything else goes on."""
import contextlib
import http.server
import os
import socket
import threading
import time

import httpx
import pytest

import minio
from faulty_link import FaultyLink
from service import API, Service, free_port
from filing import Person, begin_upload
from test_files_minio import assert_unavailable, descriptors, number, pytestmark as needs_minio  # noqa: F401

pytestmark = needs_minio
MANY = 20_000_000


@pytest.fixture
def store(tmp_path):
    running = minio.Minio(tmp_path / "minio").start()
    yield running
    running.stop()


@pytest.fixture
def link(store):
    between = FaultyLink(store.port)
    yield between
    between.close()


@pytest.fixture
def jane(start, store, link):
    service = start(**store.settings(MINIO_ENDPOINT=f"127.0.0.1:{link.port}"))
    (service.data / "files/uploads").mkdir(parents=True)
    return Person(service)


def everything_on_files(person):
    return [person.upload("a.txt", b"x"), person.download("a.txt"), person.delete("a.txt"), person.request("GET", "/users/files")]


def assert_that_others_go_on(person):
    began = time.monotonic()
    assert person.request("GET", "/users/profile").status_code == 200
    assert person.service.tokens()
    assert person.service.client.get("/readyz").status_code == 200
    assert time.monotonic() - began < 3


def comes_back(person, name, content):
    until = time.monotonic() + 20
    while time.monotonic() < until:
        if person.download(name).status_code == 200:
            break
        time.sleep(0.1)
    return person.download(name).content == content


def begin_download(person, name):
    connection = socket.create_connection(("127.0.0.1", person.service.port), timeout=60)
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 65536)
    connection.sendall(f"GET {API}/users/download-file/{name} HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {person.token}\r\n\r\n".encode())
    head = connection.recv(65536)
    assert b" 200 OK\r\n" in head and f"content-length: {MANY}\r\n".encode() in head.lower()
    return connection, len(head.partition(b"\r\n\r\n")[2])


def rest_of(connection):
    received = 0
    with contextlib.suppress(ConnectionResetError):
        while piece := connection.recv(1_000_000):
            received += len(piece)
    connection.close()
    return received


def assert_that_nothing_is_kept_open(person):
    until = time.monotonic() + 5
    while descriptors(person.service) and time.monotonic() < until:
        time.sleep(0.05)
    assert descriptors(person.service) == []


def test_a_download_that_is_cut_ends_short_and_a_new_one_works(jane, link):
    content = os.urandom(MANY)
    assert jane.upload("big.bin", content).status_code == 200
    for _ in range(5):
        connection, received = begin_download(jane, "big.bin")
        link.cut()
        assert received + rest_of(connection) < MANY
        assert jane.download("big.bin").content == content


def upload_in_the_background(person, name, size):
    """The list into which the answer comes, and the thread to wait for."""
    answers = []

    def upload():
        with begin_upload(person, name, size, None) as connection:
            connection.settimeout(60)
            answers.append(connection.recv(4096))

    thread = threading.Thread(target=upload)
    thread.start()
    return answers, thread


def wait_until_the_store_receives(link, before):
    until = time.monotonic() + 20
    while link.forwarded <= before + 200_000 and time.monotonic() < until:
        time.sleep(0.005)
    assert link.forwarded > before + 200_000


def test_an_upload_that_is_cut_is_told_and_leaves_nothing(jane, link, store):
    assert jane.upload("cut.bin", b"before").status_code == 200
    link.bytes_per_second = 4_000_000  # so that there is a middle
    before = link.forwarded
    answers, thread = upload_in_the_background(jane, "cut.bin", MANY)
    wait_until_the_store_receives(link, before)
    link.target = free_port()
    link.cut()
    thread.join()
    assert b" 503 " in answers[0] and b"\r\nretry-after: " in answers[0].lower()
    assert_that_nothing_is_kept_open(jane)
    link.target, link.bytes_per_second = store.port, None
    assert comes_back(jane, "cut.bin", b"before")
    assert jane.upload("cut.bin", b"after").status_code == 200


def test_an_upload_that_is_cut_is_sent_again_where_the_store_is_still_there(jane, link):
    link.bytes_per_second = 4_000_000
    before = link.forwarded
    answers, thread = upload_in_the_background(jane, "cut.bin", MANY)
    wait_until_the_store_receives(link, before)
    link.bytes_per_second = None
    link.cut()
    thread.join()
    if b" 200 OK" in answers[0]:  # it is where the connection was an old one, which may be gone for no other reason
        assert jane.download("cut.bin").content == b"x" * MANY
    else:
        assert b" 503 " in answers[0] and jane.names() == []


def test_an_answer_that_is_lost_leaves_the_whole_file_or_what_was_before(jane, link):
    for _ in range(5):
        assert jane.upload("a.bin", b"before").status_code == 200
        link.cut_before_answer()
        status = jane.upload("a.bin", b"after" * 1000).status_code
        found = jane.download("a.bin").content
        assert found == b"after" * 1000 or (status == 503 and found == b"before")
        link.cut_before_answer()
        assert jane.delete("a.bin").status_code in (200, 503)
        assert jane.delete("a.bin").status_code == 200
        assert jane.names() == []


@pytest.mark.long
def test_a_store_that_falls_silent_in_the_middle_is_left_after_ten_seconds(jane, link, store):
    content = os.urandom(MANY)
    assert jane.upload("big.bin", content).status_code == 200
    connection, received = begin_download(jane, "big.bin")
    link.bytes_per_second = 4_000_000
    before = link.forwarded
    answers, thread = upload_in_the_background(jane, "cut.bin", MANY)
    wait_until_the_store_receives(link, before)
    link.silent = True
    began = time.monotonic()
    assert_that_others_go_on(jane)
    assert received + rest_of(connection) < MANY
    assert time.monotonic() - began < 15
    thread.join()
    assert b" 503 " in answers[0] and time.monotonic() - began < 15
    for answer in everything_on_files(jane):
        assert_unavailable(answer)
    link.bytes_per_second, link.silent = None, False
    link.cut()
    assert_that_nothing_is_kept_open(jane)
    assert f"user-files/{number(jane)}/cut.bin" not in store.keys()
    assert comes_back(jane, "big.bin", content)


@pytest.mark.long
@pytest.mark.parametrize("pace", ["silent", "a byte at a time"])
def test_a_stop_waits_for_no_store(start, store, link, pace):
    service = start(DRAIN_SECONDS="1", **store.settings(MINIO_ENDPOINT=f"127.0.0.1:{link.port}"))
    jane = Person(service)
    assert jane.upload("big.bin", os.urandom(MANY)).status_code == 200
    download, _ = begin_download(jane, "big.bin")
    link.bytes_per_second = 4_000_000
    before = link.forwarded
    _, thread = upload_in_the_background(jane, "cut.bin", MANY)
    wait_until_the_store_receives(link, before)
    link.silent, link.bytes_per_second = (True, None) if pace == "silent" else (False, 100)

    def list_files():
        with contextlib.suppress(httpx.HTTPError):
            httpx.get(service.base + API + "/users/files", headers=jane.headers, timeout=60, trust_env=False)

    listing = threading.Thread(target=list_files)
    listing.start()
    time.sleep(0.2)
    began = time.monotonic()
    service.stop()
    assert time.monotonic() - began < 15
    link.silent, link.bytes_per_second = False, None
    download.close()
    thread.join()
    listing.join()


def store_at(endpoint):
    """Settings for what is no MinIO."""
    return {"MINIO_ENDPOINT": endpoint, "MINIO_ACCESS_KEY": "x", "MINIO_SECRET_KEY": "x", "MINIO_SECURE": "false", "MINIO_BUCKET_NAME": "files"}


class BusyStore(http.server.BaseHTTPRequestHandler):
    """Has no time for anybody, as S3 says it."""
    protocol_version = "HTTP/1.1"
    asked, body = 0, b'<?xml version="1.0"?><Error><Code>SlowDown</Code><Message>Please reduce your request rate.</Message></Error>'

    def handle_any(self):
        type(self).asked += 1
        self.rfile.read(int(self.headers.get("content-length", 0)))
        self.send_response(503, "Slow Down")
        self.send_header("content-type", "application/xml")
        self.send_header("content-length", str(len(self.body)))
        self.end_headers()
        self.wfile.write(self.body)

    do_GET = do_PUT = do_DELETE = do_HEAD = handle_any

    def log_message(self, *_):
        pass


def test_a_busy_store_is_given_peace(start):
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), BusyStore)
    threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True).start()
    jane = Person(start(**store_at(f"127.0.0.1:{server.server_port}")))
    until, answers = time.monotonic() + 3, 0
    while time.monotonic() < until:
        assert_unavailable(jane.download("a.txt"))
        answers += 1
    assert answers > 20 and BusyStore.asked < 10  # five, and one every two seconds
    for answer in everything_on_files(jane):
        assert_unavailable(answer)
    assert_that_others_go_on(jane)
    server.shutdown()
    server.server_close()


class TricklingStore(http.server.BaseHTTPRequestHandler):
    """Answers at once, and then goes on for ever, a byte at a time."""

    def do_GET(self):
        self.send_response(200)
        self.send_header("content-length", "1000000")
        self.end_headers()
        with contextlib.suppress(OSError):
            while True:
                self.wfile.write(b" ")
                time.sleep(0.05)

    def log_message(self, *_):
        pass


def test_a_store_that_trickles_is_not_listened_to_for_ever(start):
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), TricklingStore)
    threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True).start()
    jane = Person(start(**store_at(f"127.0.0.1:{server.server_port}")))
    began = time.monotonic()
    assert_unavailable(jane.request("GET", "/users/files"))
    assert time.monotonic() - began < 7
    assert_that_others_go_on(jane)
    server.shutdown()
    server.server_close()


def assert_never_found(person):
    """Nobody waits longer than for six seconds, soon nobody for long, and no upload for another's sake."""
    for _ in range(6):
        began = time.monotonic()
        assert_unavailable(person.download("a.txt"))
        assert time.monotonic() - began < 6
    began = time.monotonic()
    for answer in everything_on_files(person):
        assert_unavailable(answer)
    assert time.monotonic() - began < 1
    assert_that_others_go_on(person)


@pytest.mark.long
@pytest.mark.skipif(os.getuid() != 0, reason="needs port 53 and a namespace of its own")
def test_name_servers_that_are_silent_cost_no_more_than_a_store_that_is(binary, tmp_path):
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as silent:
        silent.bind(("127.0.0.153", 53))
        (tmp_path / "resolv.conf").write_text("nameserver 127.0.0.153\n")
        program = tmp_path / "watchword"
        program.write_text("#!/bin/sh\nexec unshare -m sh -c 'mount --bind \"$0\" /etc/resolv.conf && exec \"$@\"' "
                           f"{tmp_path}/resolv.conf {binary} \"$@\"\n")
        program.chmod(0o755)
        service = Service(program, tmp_path / "service", store_at("store.example.com:9000")).start()
        try:
            assert_never_found(Person(service))
        finally:
            began = time.monotonic()
            service.stop()
            assert time.monotonic() - began < 5
