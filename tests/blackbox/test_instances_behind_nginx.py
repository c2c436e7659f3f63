"""Two instances on one PostgreSQL and one Redis behind nginx, as in production: clients see one service."""
import random
import re
import threading
import time

import httpx
import pytest

from certificates import make_certificate
from nginx import Nginx
from redis_server import RedisServer
from servers import Postgres
from service import API, Service, new_email

pytestmark = pytest.mark.long


@pytest.fixture(scope="module")
def servers(tmp_path_factory):
    postgres, redis = Postgres(), RedisServer(tmp_path_factory.mktemp("redis"))
    yield postgres, redis
    redis.kill()
    postgres.close()


class Site:
    """Everything together, and one client of it."""

    def __init__(self, binary, folder, servers, **settings):
        self.postgres, redis = servers
        redis.say("FLUSHALL")
        self.database = self.postgres.new_database()
        shared = {"DATABASE_URL": self.postgres.url(self.database), "REDIS_HOST": "127.0.0.1", "REDIS_PORT": str(redis.port),
                  "TRUSTED_PROXIES": "127.0.0.1", "DRAIN_SECONDS": "1", **settings}
        self.instances = [Service(binary, folder / f"instance{i}", shared).start() for i in range(2)]
        certificate, key = make_certificate(folder / "tls", "auth.example.com")
        self.nginx = Nginx(folder / "nginx", self.instances, certificate, key).start()
        self.certificate = str(certificate)
        self.client = self.new_client()

    def new_client(self):
        return httpx.Client(base_url=f"https://127.0.0.1:{self.nginx.port}{API}", verify=False, timeout=30, trust_env=False)

    def code(self, address):
        """Whichever instance was quicker has delivered the mail, into its own folder."""
        for _ in range(200):
            mails = [mail for instance in self.instances for mail in instance.mails(address)]
            if mails:
                return re.search(r"\b(\d{6})\b", mails[0].get_body(("plain",)).get_content())[1]
            time.sleep(0.05)
        raise AssertionError("no mail")

    def close(self):
        self.client.close()
        self.nginx.stop()
        for instance in self.instances:
            instance.stop()


@pytest.fixture
def site(binary, tmp_path, servers):
    whole = Site(binary, tmp_path, servers)
    yield whole
    whole.close()


def bearer(tokens):
    return {"authorization": f"Bearer {tokens['access_token']}"}


class Person:
    """Somebody who uses the site: each step is one request, and what came of it is noted."""

    def __init__(self, site):
        self.site, self.client, self.address = site, site.new_client(), new_email()
        self.body = {"email": self.address, "password": "secret123"}

    def enter(self):
        assert self.client.post("/users", json=self.body).status_code == 201
        verify = {"email": self.address, "otp": self.site.code(self.address)}
        assert self.client.post("/auth/verify-otp", json=verify).status_code == 200
        self.tokens = self.client.post("/auth/login", json=self.body).json()
        return self

    def steps(self):
        """One request of each kind that is made without waiting for mail."""
        refresh = {"refresh_token": self.tokens["refresh_token"]}
        return [("register", lambda: self.client.post("/users", json={"email": new_email(), "password": "secret123"}), 201),
                ("login", lambda: self.client.post("/auth/login", json=self.body), 200),
                ("refresh", lambda: self.client.post("/auth/refresh-token", json=refresh), 200),
                ("profile", lambda: self.client.get("/users/profile", headers=bearer(self.tokens)), 200)]


class Crowd:
    """People who use the site at once, until they are told to leave."""

    def __init__(self, site, count=6):
        self.people = [Person(site).enter() for _ in range(count)]
        self.over, self.done, self.failed, self.registered = threading.Event(), 0, [], []
        self.threads = [threading.Thread(target=self._use, args=(person,)) for person in self.people]
        for thread in self.threads:
            thread.start()

    def _use(self, person):
        while not self.over.is_set():
            name, ask, expected = random.choice(person.steps())
            try:
                answer = ask()
                if answer.status_code != expected:
                    self.failed.append((name, answer.status_code, answer.text))
                elif name == "register":
                    self.registered.append(answer.json()["email"])
            except httpx.HTTPError as error:
                self.failed.append((name, repr(error), ""))
            self.done += 1

    def leave(self):
        self.over.set()
        for thread in self.threads:
            thread.join()


def test_clients_see_one_service(site):
    person = Person(site).enter()
    for _ in range(4):  # nginx takes the instances in turn
        assert person.client.get("/users/profile", headers=bearer(person.tokens)).json()["is_email_verified"] is True
        assert person.client.post("/users", json=person.body).status_code == 400
    other = person.client.post("/auth/login", json=person.body).json()
    assert person.client.post("/auth/logout", headers=bearer(person.tokens)).status_code == 204
    time.sleep(0.2)
    assert {person.client.get("/users/profile", headers=bearer(person.tokens)).status_code for _ in range(6)} == {401}
    assert {person.client.get("/users/profile", headers=bearer(other)).status_code for _ in range(6)} == {200}


def test_limits_hold_over_both(binary, tmp_path, servers):
    site = Site(binary, tmp_path, servers, RATE_LIMIT_LOGIN="5/hour")
    try:
        statuses = [site.client.post("/auth/login", json={"email": new_email(), "password": "secret123"}).status_code
                    for _ in range(12)]
        assert statuses.count(429) == 7, statuses
    finally:
        site.close()


def test_a_rolling_restart_fails_no_request(site):
    crowd = Crowd(site)
    for instance in site.instances:
        time.sleep(1)
        instance.process.terminate()
        time.sleep(0.3)
        assert httpx.get(instance.base + "/readyz", trust_env=False).status_code == 503  # and still answers
        assert instance.process.wait(timeout=20) == 0
        instance.start()
    time.sleep(1)
    crowd.leave()
    assert crowd.failed == []
    assert crowd.done > 100 and len(crowd.registered) > 10
    for address in crowd.registered:
        assert site.client.post("/users", json={"email": address, "password": "secret123"}).status_code == 400


def test_an_instance_that_is_killed_takes_only_what_it_was_doing(site):
    crowd = Crowd(site)
    for instance in site.instances:
        time.sleep(1)
        instance.kill()
        time.sleep(0.5)
        instance.start()
    time.sleep(1)
    crowd.leave()
    assert len(crowd.failed) <= 2 * len(crowd.people), crowd.failed  # one of each client at each kill
    assert {status for _, status, _ in crowd.failed} <= {502, 504}
    for address in crowd.registered:
        assert site.client.post("/users", json={"email": address, "password": "secret123"}).status_code == 400
    for person in crowd.people:
        assert person.client.get("/users/profile", headers=bearer(person.tokens)).status_code == 200
