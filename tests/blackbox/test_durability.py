"""What was acknowledged is still there: kills in the middle of registrations, a stop under load, a dead mail server."""
import contextlib
import itertools
import json
import os
import resource
import signal
import socket
import sqlite3
import threading
import time

import httpx
import pytest

from service import API, Service, free_port

ROUNDS = int(os.environ.get("WATCHWORD_KILLS", "50"))


def register_until_it_dies(service, acknowledged, numbers):
    with httpx.Client(base_url=service.base, timeout=10, trust_env=False) as client:
        for number in numbers:
            address = f"kill{number}@example.com"
            try:
                answer = client.post(API + "/users", json={"email": address, "password": "secret123"})
            except httpx.HTTPError:
                return
            if answer.status_code == 201:
                acknowledged.append(address)


@pytest.mark.long
def test_kill_9_loses_no_acknowledged_registration(release_binary, tmp_path):
    service = Service(release_binary, tmp_path, {"SMTP_TIMEOUT_SECONDS": "5"})  # leases of the killed end soon
    numbers, acknowledged = itertools.count(), []
    for round_number in range(ROUNDS):
        service.start()
        workers = [threading.Thread(target=register_until_it_dies, args=(service, acknowledged, numbers))
                   for _ in range(4)]
        for worker in workers:
            worker.start()
        time.sleep(0.02 + 0.01 * (round_number % 20))
        service.kill()
        for worker in workers:
            worker.join()
    service.start()
    assert len(acknowledged) > ROUNDS
    with service.database() as database:
        stored = {row[0] for row in database.execute("SELECT email FROM users")}
        assert database.execute("PRAGMA integrity_check").fetchone() == ("ok",)
        without_claim = database.execute("SELECT count(*) FROM users WHERE id NOT IN (SELECT user_id FROM email_claims)")
        assert without_claim.fetchone() == (0,)
    assert set(acknowledged) <= stored
    deadline = time.monotonic() + 60
    while service.count("outbox") and time.monotonic() < deadline:
        time.sleep(0.2)
    mailed = {str(mail["to"]) for mail in service.mails()}
    assert set(acknowledged) <= mailed
    service.stop()


def test_sigterm_finishes_what_is_under_way(start):
    service = start(BCRYPT_COST="12", HASH_QUEUE_MILLISECONDS="8000")
    address = service.verified()
    body = json.dumps({"email": address, "password": "secret123"}).encode()
    head = f"POST {API}/auth/login HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: {len(body)}\r\n\r\n"
    logins = [socket.create_connection(("127.0.0.1", service.port), timeout=30) for _ in range(4)]
    for login in logins:
        login.sendall(head.encode() + body)
    time.sleep(0.3)
    service.process.send_signal(signal.SIGTERM)
    answers = [login.makefile("rb").read() for login in logins]
    assert all(answer.startswith(b"HTTP/1.1 200 ") for answer in answers)
    assert any(b"connection: close" in answer.lower() for answer in answers)
    assert service.process.wait(timeout=20) == 0


def test_a_second_signal_ends_at_once(start):
    service = start(STOP_TIMEOUT_SECONDS="30")
    slow = httpx.Client(base_url=service.base, trust_env=False)
    slow.get("/")
    hanging = socket.create_connection(("127.0.0.1", service.port))
    hanging.sendall(b"POST /api/v1/users HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: 9\r\n\r\n")
    time.sleep(0.3)
    service.process.send_signal(signal.SIGTERM)
    time.sleep(0.3)
    assert service.process.poll() is None
    service.process.send_signal(signal.SIGTERM)
    assert service.process.wait(timeout=5) != 0


def test_registration_does_not_wait_for_a_dead_mail_server(start):
    port = free_port()
    service = start(SMTP_HOST="127.0.0.1", SMTP_PORT=str(port), MAIL_FROM="no-reply@example.com")
    began = time.monotonic()
    address = service.register()
    assert time.monotonic() - began < 2
    assert service.post("/users", {"email": address, "password": "secret123"}).status_code == 400
    assert service.count("outbox") == 1


def test_a_full_disk_is_503_and_passes(binary, tmp_path):
    """Writes fail while the disk is full; reads go on; nothing has to be restarted."""
    folder = tmp_path / "small"
    folder.mkdir()
    if os.geteuid() != 0 or os.system(f"mount -t tmpfs -o size=2m tmpfs {folder} 2>/dev/null") != 0:
        pytest.skip("needs the right to mount a small tmpfs")
    service = Service(binary, folder / "run", {"CODES_PER_MAILBOX": "100000/hour", "LOG_FILE": ""})
    try:
        service.start()
        token = service.tokens()["access_token"]
        ballast = folder / "ballast"
        descriptor = os.open(ballast, os.O_WRONLY | os.O_CREAT)
        with contextlib.suppress(OSError):
            while True:
                os.write(descriptor, b"x" * 4096)
        os.close(descriptor)
        answers = [service.post("/users", {"email": f"full{i}@example.com", "password": "secret123"}) for i in range(20)]
        failed = [answer for answer in answers if answer.status_code == 503]
        assert failed and {answer.status_code for answer in answers} <= {201, 503}
        assert all(answer.headers["retry-after"] for answer in failed)
        assert "disk" not in failed[0].text and "sqlite" not in failed[0].text.lower()
        assert service.get("/users/profile", token).status_code == 200
        ballast.unlink()
        service.register()
        for number, answer in enumerate(answers):
            again = service.post("/users", {"email": f"full{number}@example.com", "password": "secret123"})
            assert again.status_code == (400 if answer.status_code == 201 else 201)
    finally:
        service.client.close()
        service.kill()
        os.system(f"umount {folder}")


def test_a_database_that_another_program_locks_is_503_in_time(start):
    service = start()
    service.register()
    other = sqlite3.connect(service.data / "watchword.db", isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    began = time.monotonic()
    refused = service.post("/users", {"email": "locked@example.com", "password": "secret123"})
    assert refused.status_code == 503 and time.monotonic() - began < 12
    other.execute("ROLLBACK")
    other.close()
    service.register("locked@example.com")


@pytest.mark.long
def test_running_out_of_descriptors_neither_ends_nor_spins_the_service(release_binary, tmp_path):
    service = Service(release_binary, tmp_path, {"CONNECTIONS_PER_ADDRESS_MAX": "1000"})
    service.start()
    service.client.get("/healthz")
    taken = len(os.listdir(f"/proc/{service.process.pid}/fd"))
    resource.prlimit(service.process.pid, resource.RLIMIT_NOFILE, (taken + 10, taken + 10))
    crowd = [socket.create_connection(("127.0.0.1", service.port), timeout=5) for _ in range(40)]
    before = cpu_seconds(service.process.pid)
    time.sleep(2)
    assert cpu_seconds(service.process.pid) - before < 0.2
    assert service.client.get("/healthz").status_code == 200  # on a connection from before
    for connection in crowd:
        connection.close()
    time.sleep(0.5)
    assert httpx.get(service.base + "/healthz", timeout=5, trust_env=False).status_code == 200
    service.stop()


def cpu_seconds(pid):
    fields = open(f"/proc/{pid}/stat").read().rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")
