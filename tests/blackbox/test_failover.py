"""PostgreSQL with a standby: what happens when the standby takes over."""
import threading
import time

import httpx
import pytest

from faulty_link import FaultyLink
from servers import Postgres
from service import API, new_email

pytestmark = pytest.mark.long

WRITES_AGAIN_WITHIN = 2  # seconds after the new primary takes writes
ANSWERS_WITHIN = 2.5


@pytest.fixture
def pair():
    """A primary that acknowledges only what its standby has as well, and that standby."""
    primary = Postgres("wal_level=replica", "max_wal_senders=5", "wal_log_hints=on")
    standby = Postgres(copied_from=primary)
    primary.sql("postgres", "ALTER SYSTEM SET synchronous_standby_names = '*'")
    primary.sql("postgres", "SELECT pg_reload_conf()")
    yield primary, standby
    for server in (primary, standby):
        server.close()


def url_of_both(database, *ports):
    hosts = ",".join(f"127.0.0.1:{port}" for port in ports)
    return f"postgresql://postgres@{hosts}/{database}?target_session_attrs=read-write"


class Registering:
    """Registers people without a pause, until it is left."""

    def __init__(self, service, threads=2):
        self.service, self.over = service, threading.Event()
        self.acknowledged, self.refused, self.statuses, self.slowest, self.first_after = [], [], set(), 0, None
        self.threads = [threading.Thread(target=self._run) for _ in range(threads)]
        self.waiting_since = None

    def __enter__(self):
        for thread in self.threads:
            thread.start()
        return self

    def __exit__(self, *_):
        self.over.set()
        for thread in self.threads:
            thread.join()

    def _run(self):
        with httpx.Client(base_url=self.service.base, timeout=30, trust_env=False) as client:
            while not self.over.is_set():
                address, began = new_email(), time.monotonic()
                answer = client.post(API + "/users", json={"email": address, "password": "secret123"})
                self.slowest = max(self.slowest, time.monotonic() - began)
                self.statuses.add(answer.status_code)
                if answer.status_code == 201:
                    self.acknowledged.append(address)
                    if self.waiting_since and not self.first_after and began > self.waiting_since:
                        self.first_after = time.monotonic() - self.waiting_since
                else:
                    assert "retry-after" in answer.headers
                    self.refused.append(address)
                    time.sleep(0.02)

    def wait_for_the_next(self, seconds):
        """How long it takes from now until somebody is registered."""
        self.waiting_since = time.monotonic()
        while not self.first_after:
            assert time.monotonic() - self.waiting_since < seconds, self.statuses
            time.sleep(0.01)
        return self.first_after


def check_that_nothing_is_lost(service, registering):
    for address in registering.acknowledged:
        assert service.post("/users", {"email": address, "password": "secret123"}).status_code == 400, address
    for address in registering.refused[:20] + registering.refused[-20:]:
        again = service.post("/users", {"email": address, "password": "secret123"})
        assert again.status_code in (201, 400), again.text
        assert service.post("/auth/login", {"email": address, "password": "secret123"}).status_code == 403  # not verified
    assert service.post("/auth/login", {"email": registering.acknowledged[-1], "password": "secret123"}).status_code == 403


def test_a_killed_primary_is_followed_by_its_standby(start, pair):
    primary, standby = pair
    database = primary.new_database()
    service = start(DATABASE_URL=url_of_both(database, primary.port, standby.port))
    with Registering(service) as registering:
        time.sleep(0.5)
        primary.kill()
        time.sleep(1)
        assert service.client.get("/readyz").status_code == 503
        standby.promote()
        standby.sql("postgres", "ALTER SYSTEM SET synchronous_standby_names = ''")
        standby.sql("postgres", "SELECT pg_reload_conf()")
        print(f"registers again after {registering.wait_for_the_next(WRITES_AGAIN_WITHIN):.2f} s")
        time.sleep(0.3)
    assert registering.statuses == {201, 503}
    assert registering.slowest < ANSWERS_WITHIN
    check_that_nothing_is_lost(service, registering)


def test_a_primary_behind_a_black_hole_is_followed_by_its_standby(start, pair):
    primary, standby = pair
    link = FaultyLink(primary.port)
    try:
        service = start(DATABASE_URL=url_of_both(primary.new_database(), link.port, standby.port))
        with Registering(service) as registering:
            time.sleep(0.5)
            link.silent = True
            time.sleep(3)
            primary.kill()
            standby.promote()
            standby.sql("postgres", "ALTER SYSTEM SET synchronous_standby_names = ''")
            standby.sql("postgres", "SELECT pg_reload_conf()")
            print(f"registers again after {registering.wait_for_the_next(WRITES_AGAIN_WITHIN):.2f} s")
        assert registering.statuses == {201, 503}
        assert registering.slowest < ANSWERS_WITHIN, registering.slowest
        check_that_nothing_is_lost(service, registering)
    finally:
        link.close()


def test_a_primary_that_takes_no_writes_any_more_is_left(start, pair):
    """Its connections stay open, and reads would go on working."""
    primary, standby = pair
    service = start(DATABASE_URL=url_of_both(primary.new_database(), primary.port, standby.port))
    tokens = service.tokens()
    with Registering(service) as registering:
        time.sleep(0.5)
        primary.sql("postgres", "ALTER SYSTEM SET default_transaction_read_only = on")
        primary.sql("postgres", "SELECT pg_reload_conf()")
        time.sleep(0.5)
        standby.promote()
        standby.sql("postgres", "ALTER SYSTEM SET synchronous_standby_names = ''")
        standby.sql("postgres", "SELECT pg_reload_conf()")
        print(f"registers again after {registering.wait_for_the_next(WRITES_AGAIN_WITHIN):.2f} s")
    assert registering.statuses == {201, 503}
    assert registering.slowest < ANSWERS_WITHIN
    check_that_nothing_is_lost(service, registering)
    assert service.post("/auth/refresh-token", {"refresh_token": tokens["refresh_token"]}).status_code == 200


def test_a_former_primary_that_comes_back_gets_no_write(start, pair):
    primary, standby = pair
    database = primary.new_database()
    service = start(DATABASE_URL=url_of_both(database, primary.port, standby.port))
    service.verified()
    primary.stop()
    standby.promote()
    standby.sql("postgres", "ALTER SYSTEM SET synchronous_standby_names = ''")
    standby.sql("postgres", "SELECT pg_reload_conf()")
    primary.follow(standby)
    primary.start()  # as the first of the hosts
    with Registering(service) as registering:
        registering.wait_for_the_next(WRITES_AGAIN_WITHIN)
        standby.sql("postgres", "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'watchword'")
        registering.first_after = None
        registering.wait_for_the_next(WRITES_AGAIN_WITHIN)
    assert registering.statuses <= {201, 503}
    check_that_nothing_is_lost(service, registering)
    assert primary.sql(database, "SELECT pg_is_in_recovery(), count(*) FROM users")[0][0] == "t"
