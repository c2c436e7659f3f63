"""Two instances on one PostgreSQL and one Redis: what one of them does the other knows."""
import re
import statistics
import threading
import time

import httpx
import pytest

from redis_server import RedisServer
from service import API, new_email

KNOWN_WITHIN = 2.5  # seconds, also while changes cannot be heard


@pytest.fixture(scope="module")
def redis(tmp_path_factory):
    server = RedisServer(tmp_path_factory.mktemp("redis"))
    yield server
    server.kill()


@pytest.fixture
def instances(start, postgres, database, redis):
    redis.say("FLUSHALL")
    shared = {"DATABASE_URL": postgres.url(database), "SECRET_KEY": "0123456789abcdef" * 3,
              "REDIS_HOST": "127.0.0.1", "REDIS_PORT": str(redis.port)}
    return [start(**shared) for _ in range(2)]


def code_from_any(instances, address):
    """Whichever instance was quicker has delivered the mail, into its own folder."""
    for _ in range(200):
        mails = [mail for instance in instances for mail in instance.mails(address)]
        if mails:
            assert len(mails) == 1
            return re.search(r"\b(\d{6})\b", mails[0].get_body(("plain",)).get_content())[1]
        time.sleep(0.05)
    raise AssertionError("no mail")


def verified(instances):
    address = instances[0].register()
    code = code_from_any(instances, address)
    assert instances[1].post("/auth/verify-otp", {"email": address, "otp": code}).status_code == 200
    return address


def profile(instance, token):
    return instance.get("/users/profile", token)


def seconds_until(condition):
    began = time.monotonic()
    while not condition():
        assert time.monotonic() - began < KNOWN_WITHIN
        time.sleep(0.002)
    return time.monotonic() - began


def wait_until_changes_are_heard(instances, tokens):
    """A second read comes from memory then."""
    time.sleep(1.5)
    for instance in instances:
        assert profile(instance, tokens["access_token"]).status_code == 200


def test_what_begins_on_one_goes_on_on_the_other(instances):
    address = verified(instances)
    tokens = instances[1].login(address)
    assert profile(instances[0], tokens["access_token"]).json()["is_email_verified"] is True
    refreshed = instances[0].post("/auth/refresh-token", {"refresh_token": tokens["refresh_token"]})
    assert refreshed.status_code == 200
    assert profile(instances[1], refreshed.json()["access_token"]).status_code == 200
    assert instances[1].post("/users", {"email": address.upper(), "password": "secret123"}).status_code == 400


def test_a_logout_on_one_is_known_to_the_other(instances):
    tokens = instances[0].login(verified(instances))
    wait_until_changes_are_heard(instances, tokens)
    headers = {"authorization": f"Bearer {tokens['access_token']}"}
    assert instances[0].client.post(API + "/auth/logout", headers=headers).status_code == 204
    assert profile(instances[0], tokens["access_token"]).status_code == 401
    print(f"known after {seconds_until(lambda: profile(instances[1], tokens['access_token']).status_code == 401):.3f} s")


class Renaming:
    """Changes the name of everybody, and measures how long after the COMMIT each instance still shows the old one."""

    def __init__(self, instances, postgres, database):
        self.instances, self.postgres, self.database = instances, postgres, database
        self.token = instances[0].login(verified(instances))["access_token"]
        wait_until_changes_are_heard(instances, {"access_token": self.token})

    def seconds(self, name):
        committed = float(self.postgres.sql(self.database, f"UPDATE users SET full_name = '{name}'; "
                                            "SELECT extract(epoch FROM clock_timestamp())")[0][0])
        shown = []
        for instance in self.instances:
            seconds_until(lambda: profile(instance, self.token).json()["full_name"] == name)
            shown.append(max(0.0, time.time() - committed))
        return max(shown)


def test_a_change_of_another_program_shows_on_both(instances, postgres, database):
    renaming = Renaming(instances, postgres, database)
    times = [renaming.seconds(f"Jane {number}") for number in range(40)]
    print(f"shown after {statistics.median(times) * 1000:.0f} ms, at the latest {max(times) * 1000:.0f} ms")
    assert statistics.median(times) < 0.05


def shared_profiles(redis):
    return [key for key in redis.say("KEYS", "watchword:1:profile:*").split("\r\n")[2::2]]


def test_what_one_has_read_the_other_need_not_read(instances, postgres, database, redis):
    address = verified(instances)
    token = instances[0].login(address)["access_token"]
    wait_until_changes_are_heard(instances, {"access_token": token})
    postgres.sql(database, "UPDATE users SET full_name = full_name || 'x'")  # so that all forget
    time.sleep(0.2)
    redis.say("FLUSHALL")  # the tombstone too
    assert profile(instances[0], token).json()["full_name"] == "Jane Doex"  # which begins a new generation
    postgres.sql(database, "UPDATE users SET full_name = full_name || 'y'")
    time.sleep(0.2)
    for key in shared_profiles(redis):
        redis.say("DEL", key)
    assert profile(instances[0], token).json()["full_name"] == "Jane Doexy"
    seconds_until(lambda: shared_profiles(redis))
    for key in shared_profiles(redis):
        assert 0 < int(redis.say("PTTL", key)[1:]) <= 1_800_000
    postgres.sql(database, "ALTER TABLE users RENAME TO users_gone")  # now the database cannot tell
    try:
        assert profile(instances[1], token).json()["full_name"] == "Jane Doexy"
    finally:
        postgres.sql(database, "ALTER TABLE users_gone RENAME TO users")


def test_a_crash_of_the_database_is_503_and_loses_nothing(instances, postgres):
    tokens = instances[0].login(verified(instances))
    acknowledged, statuses, over = [], set(), threading.Event()

    def register():
        client = httpx.Client(base_url=instances[1].base, timeout=30, trust_env=False)
        while not over.is_set():
            address = new_email()
            status = client.post(API + "/users", json={"email": address, "password": "secret123"}).status_code
            statuses.add(status)
            if status == 201:
                acknowledged.append(address)

    registering = threading.Thread(target=register)
    registering.start()
    time.sleep(0.5)
    postgres.stop()
    time.sleep(1)
    assert instances[0].client.get("/readyz").status_code == 503
    assert instances[0].client.get("/healthz").status_code == 200
    postgres.start()
    began = time.monotonic()
    while instances[0].client.get("/readyz").status_code != 200:
        assert time.monotonic() - began < 2
        time.sleep(0.01)
    time.sleep(0.5)
    over.set()
    registering.join()
    assert statuses == {201, 503}
    assert profile(instances[0], tokens["access_token"]).status_code == 200
    for address in acknowledged:
        assert instances[0].post("/users", {"email": address, "password": "secret123"}).status_code == 400


def test_limits_count_over_both(start, postgres, database, tmp_path):
    redis = RedisServer(tmp_path / "redis")
    try:
        shared = {"DATABASE_URL": postgres.url(database), "SECRET_KEY": "0123456789abcdef" * 3,
                  "REDIS_HOST": "127.0.0.1", "REDIS_PORT": str(redis.port), "RATE_LIMIT_LOGIN": "5/hour"}
        both = [start(**shared) for _ in range(2)]
        answers = [both[i % 2].post("/auth/login", {"email": new_email(), "password": "secret123"}).status_code
                   for i in range(12)]
        assert answers.count(429) == 7
    finally:
        redis.kill()
