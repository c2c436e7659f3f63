"""Files under limits, cuts, kills and full disks: what was acknowledged is there, whole, and nothing else is left."""
import contextlib
import hashlib
import os
import re
import resource
import shutil
import signal
import socket
import sqlite3
import subprocess
import threading
import time

import httpx
import pytest

from filing import FORM, Person, begin_upload, drafts, form, resident_kilobytes
from service import API, Service


def test_a_file_over_the_limit_is_refused_before_and_while_it_is_read(start):
    service = start(UPLOAD_MAX_BYTES="1000000")
    jane = Person(service)
    assert jane.upload("fits.bin", b"x" * 1_000_000).status_code == 200
    assert jane.upload("a.bin", b"x" * 1_000_001).status_code == 413
    head = (f"POST {API}/users/upload-file HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {jane.token}\r\nContent-Type: {FORM}\r\n")
    assert service.raw((head + "Content-Length: 100000000\r\n\r\n").encode(), wait=2).startswith(b"HTTP/1.1 413 ")
    big = subprocess.run(["curl", "-sS", "-w", "%{http_code}", "-F", "file=@-;filename=big", "-H",
                          f"Authorization: Bearer {jane.token}", service.base + API + "/users/upload-file"],
                         input=b"x" * 20_000_000, capture_output=True, timeout=60)
    assert big.stdout.endswith(b"413"), big
    assert jane.names() == ["fits.bin"] and drafts(service) == []


def test_writes_are_counted_for_each_account(start):
    service = start(RATE_LIMIT_DEFAULT="7/minute")  # registrations count, too, but for the address
    jane, john = Person(service), Person(service)
    answers = [jane.upload("a.txt", b"x").status_code for _ in range(5)] + [jane.delete("a.txt").status_code for _ in range(3)]
    assert answers == [200] * 7 + [429]
    refused = jane.upload("a.txt", b"x")
    assert refused.status_code == 429 and int(refused.headers["retry-after"]) > 0
    assert jane.download("a.txt").status_code == 404 and jane.names() == []
    assert john.upload("a.txt", b"x").status_code == 200


@pytest.mark.parametrize("how", ["close", "half close", "reset"])
def test_an_upload_that_is_cut_off_leaves_nothing(jane, how):
    jane.upload("b.bin", b"before")
    for sent in (10, 100, 500_000, 999_000):
        connection = begin_upload(jane, "b.bin", 1_000_000, sent)
        time.sleep(0.05)
        if how == "half close":
            connection.shutdown(socket.SHUT_WR)
            assert connection.recv(100).startswith(b"HTTP/1.1 400 ")
        elif how == "reset":
            connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\1\0\0\0\0\0\0\0")
        connection.close()
    assert drafts(jane.service) == []
    assert jane.download("b.bin").content == b"before"


@pytest.mark.long
def test_an_upload_that_is_too_slow_ends_and_leaves_nothing(jane):
    connection = begin_upload(jane, "slow.bin", 1_000_000, 1000)
    began = time.monotonic()
    with contextlib.suppress(OSError):
        while time.monotonic() - began < 30:
            connection.sendall(b"x")  # a tenth of the least pace
            time.sleep(0.01)
    assert time.monotonic() - began < 30
    assert drafts(jane.service) == [] and jane.names() == []


def test_an_upload_to_one_name_by_many_is_one_of_them(jane):
    contents = [bytes([65 + number]) * 500_000 for number in range(6)]
    threads = [threading.Thread(target=jane.upload, args=("same.bin", content)) for content in contents]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert jane.download("same.bin").content in contents
    assert drafts(jane.service) == []


def test_a_download_goes_on_while_the_file_is_replaced(jane):
    jane.upload("big.bin", b"1" * 5_000_000)
    with jane.service.client.stream("GET", API + "/users/download-file/big.bin", headers=jane.headers) as download:
        pieces = download.iter_raw()
        first = next(pieces)
        other = Person(jane.service)
        other.token, other.headers = jane.token, jane.headers
        with httpx.Client(base_url=jane.service.base, timeout=30, trust_env=False) as client:
            client.post(API + "/users/upload-file", headers={**jane.headers, "content-type": FORM},
                        content=form("big.bin", b"2" * 10))
        assert first + b"".join(pieces) == b"1" * 5_000_000
    assert jane.download("big.bin").content == b"2" * 10


def test_a_full_disk_is_told_and_leaves_nothing(start, binary, tmp_path):
    # A limit on the size of files stands in for the disk: both make a write fail.
    service = Service(binary, tmp_path / "small", {})
    launch = subprocess.Popen

    def with_small_files(*arguments, **options):
        def limit():
            signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
            resource.setrlimit(resource.RLIMIT_FSIZE, (4_000_000, 4_000_000))
        return launch(*arguments, preexec_fn=limit, **options)

    subprocess.Popen = with_small_files
    try:
        service.start()
    finally:
        subprocess.Popen = launch
    jane = Person(service)
    answer = jane.upload("big.bin", b"x" * 5_000_000)
    assert answer.status_code == 503 and int(answer.headers["retry-after"]) > 0
    assert "files" not in answer.text and "uploads" not in answer.text
    assert jane.names() == [] and drafts(service) == []
    assert jane.upload("small.bin", b"x").status_code == 200
    service.stop()


def test_files_survive_a_restart_and_files_of_earlier_accounts_are_not_there(start):
    service = start()
    jane = Person(service)
    jane.upload("old.txt", b"old")
    owner = jane.request("GET", "/users/profile").json()["id"]
    service.stop()
    service.start()
    assert jane.download("old.txt").content == b"old"
    # As if the database were an older one in which somebody else now gets the same number.
    with sqlite3.connect(service.data / "watchword.db") as database:
        database.execute("UPDATE users SET created_at = ? WHERE id = ?", (int(time.time() * 1e6), owner))
    time.sleep(0.6)  # the service asks every 250 ms for what others have changed
    assert jane.download("old.txt").status_code == 404
    assert jane.names() == []
    assert jane.upload("new.txt", b"new").status_code == 200
    assert jane.names() == ["new.txt"]


@pytest.mark.long
def test_a_stop_in_the_middle_of_an_upload_leaves_nothing(start):
    service = start(DRAIN_SECONDS="1")
    jane = Person(service)
    upload = begin_upload(jane, "a.bin", 1_000_000, 500_000)
    jane.upload("big.bin", b"x" * 20_000_000)
    download = socket.create_connection(("127.0.0.1", service.port), timeout=20)
    download.sendall(f"GET {API}/users/download-file/big.bin HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {jane.token}\r\n\r\n".encode())
    assert download.recv(1000)
    service.process.send_signal(signal.SIGTERM)
    assert service.process.wait(timeout=20) == 0
    assert drafts(service) == []
    upload.close()
    download.close()


@pytest.mark.long
@pytest.mark.skipif(not shutil.which("strace"), reason="needs strace (tools/install_packages.sh all)")
def test_what_was_acknowledged_is_on_the_disk(release_binary, tmp_path):
    service = Service(release_binary, tmp_path / "service", {}).start()
    jane = Person(service)
    trace = subprocess.Popen(["strace", "-f", "-y", "-p", str(service.process.pid), "-e", "trace=fsync,rename,unlink,sendto",
                              "-o", tmp_path / "trace"], stderr=subprocess.PIPE, text=True)
    assert "attached" in trace.stderr.readline()
    assert jane.upload("a.txt", b"x").status_code == 200
    assert jane.delete("a.txt").status_code == 200
    trace.terminate()
    trace.communicate()
    calls = []
    for line in (tmp_path / "trace").read_text().splitlines():
        for call, sign in {"file": r"fsync.*/uploads/1>", "rename": r"rename.*/user-files/\d+/a.txt", "unlink": "unlink.*a.txt",
                           "folder": r"fsync.*/user-files/\d+>", "answer": "sendto.*200 OK"}.items():
            if re.search(sign, line) and "resumed" not in line:
                calls.append(call)
    assert calls == ["file", "rename", "folder", "answer", "unlink", "folder", "answer"]
    service.stop()


def kill_in_the_middle(binary, folder, rounds):
    service = Service(binary, folder, {})
    service.start()
    jane = Person(service)
    versions = [hashlib.sha256(bytes([65 + i])).digest() * 20_000 for i in range(20)]
    acknowledged = None
    for number in range(rounds):
        contents = versions[number % 20]

        def upload():
            nonlocal acknowledged
            with httpx.Client(base_url=service.base, timeout=10, trust_env=False) as client, \
                    contextlib.suppress(httpx.HTTPError):
                for _ in range(20):
                    if client.post(API + "/users/upload-file", headers={**jane.headers, "content-type": FORM},
                                   content=form("a.bin", contents)).status_code == 200:
                        acknowledged = contents

        thread = threading.Thread(target=upload)
        thread.start()
        time.sleep(0.02 + 0.01 * (number % 10))
        service.kill()
        thread.join()
        service.start()
        assert list((service.data / "files" / "uploads").iterdir()) == []
        found = jane.download("a.bin")
        if acknowledged is None:
            assert found.status_code in (200, 404)
        else:
            assert found.status_code == 200 and found.content in versions
            assert found.content in (acknowledged, contents)
    service.stop()


def test_kill_9_leaves_whole_files_only(binary, tmp_path):
    kill_in_the_middle(binary, tmp_path, 3)


@pytest.mark.long
def test_kill_9_leaves_whole_files_only_often(release_binary, tmp_path):
    kill_in_the_middle(release_binary, tmp_path, 40)


def upload_in_parallel(binary, folder, uploads, megabytes, **settings):
    """The growth of the resident memory in kilobytes while so many uploads of so many megabytes run at once."""
    service = Service(binary, folder, {"CONNECTIONS_PER_ADDRESS_MAX": "1000", **settings}).start()
    jane = Person(service)
    jane.upload("warm.bin", b"x" * 1_000_000)
    before, peak, finished = resident_kilobytes(service), 0, []
    megabyte = os.urandom(1_000_000)

    def upload(number):
        body = form(f"{number}.bin", b"\0")
        front, back = body.split(b"\0")
        with socket.create_connection(("127.0.0.1", service.port), timeout=300) as connection:
            connection.sendall((f"POST {API}/users/upload-file HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {jane.token}\r\n"
                                f"Content-Type: {FORM}\r\nContent-Length: {len(body) - 1 + megabytes * 1_000_000}\r\n\r\n").encode() + front)
            for _ in range(megabytes):
                connection.sendall(megabyte)
            connection.sendall(back)
            finished.append(connection.recv(1000).split()[1])

    threads = [threading.Thread(target=upload, args=(number,)) for number in range(uploads)]
    for thread in threads:
        thread.start()
    while any(thread.is_alive() for thread in threads):
        peak = max(peak, resident_kilobytes(service))
        time.sleep(0.02)
    assert finished == [b"200"] * uploads
    assert all(file["size"] == megabytes * 1_000_000 for file in jane.list()["files"] if file["name"] != "warm.bin")
    service.stop()
    print(f"{uploads} uploads of {megabytes} MB: {before} kB before, {peak} kB at most")
    return peak - before


def test_memory_stays_flat_while_much_is_uploaded(release_binary, tmp_path):
    if not release_binary.exists():
        pytest.skip("needs the release binary")
    assert upload_in_parallel(release_binary, tmp_path, 20, 5) < 20 * 2 * 64 + 4_000


@pytest.mark.long
def test_memory_stays_flat_while_very_much_is_uploaded(release_binary, tmp_path):
    assert upload_in_parallel(release_binary, tmp_path, 50, 100) < 50 * 2 * 64 + 4_000
