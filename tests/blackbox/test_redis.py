"""Limits that instances share through Redis, and what becomes of them when Redis is in trouble: never a 500, and never
unlimited."""
import concurrent.futures
import ipaddress
import itertools
import random
import time

import pytest

from redis_server import RedisServer
from service import API, new_email

COUNT = 5
LIMIT = {"RATE_LIMIT_LOGIN": f"{COUNT}/day", "TRUSTED_PROXIES": "127.0.0.1"}
_client_numbers = itertools.count(1)


@pytest.fixture
def redis(tmp_path):
    server = RedisServer(tmp_path / "redis")
    yield server
    server.thaw()
    server.kill()


@pytest.fixture
def instances(start, redis):
    return [start(REDIS_HOST="127.0.0.1", REDIS_PORT=str(redis.port), **LIMIT) for _ in range(2)]


def new_client():
    return str(ipaddress.IPv4Address("198.18.0.0") + next(_client_numbers))  # for tests (RFC 2544)


def guess(service, client):
    answer = service.client.post(API + "/auth/login", json={"email": new_email(), "password": "wrong-one"},
                                 headers={"x-forwarded-for": client})
    return answer.status_code


def wave(instances, client, size=60):
    """The answers to many guesses of one client at once, over all instances."""
    with concurrent.futures.ThreadPoolExecutor(16) as crowd:
        return list(crowd.map(lambda i: guess(instances[i % len(instances)], client), range(size)))


def is_shared(instances):
    client = new_client()
    answers = [guess(instances[i % 2], client) for i in range(2 * COUNT)]
    assert set(answers) <= {400, 429}
    return answers.count(400) == COUNT


def shared_again_within(instances, seconds):
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        if is_shared(instances):
            return True
        time.sleep(0.05)
    return False


def assert_limited_without_redis(instances):
    """Whatever happens to Redis meanwhile, no more pass than it and the memory of each instance allow."""
    client = new_client()
    answers = wave(instances, client)
    assert set(answers) == {400, 429}
    assert COUNT <= answers.count(400) <= (1 + len(instances)) * COUNT


def test_two_instances_share_a_limit_exactly(instances):
    for _ in range(3):
        answers = wave(instances, new_client())
        assert sorted(set(answers)) == [400, 429] and answers.count(400) == COUNT


def test_the_first_request_after_the_start_is_shared_too(start, redis):
    client = new_client()
    answers = [guess(start(REDIS_URL=redis.url, **LIMIT), client) for _ in range(COUNT + 2)]
    assert answers == [400] * COUNT + [429] * 2


def test_a_dead_redis_means_limits_of_each_instance_until_it_is_back(instances, redis):
    redis.kill()
    assert_limited_without_redis(instances)
    ready = lambda: instances[0].client.get("/readyz")
    assert ready().status_code == 200 and ready().json() == {"status": "ok, but Redis does not answer"}
    redis.start()
    assert shared_again_within(instances, 2)
    assert ready().json() == {"status": "ok"}
    for instance in instances:
        lines = [line for line in instance.printed().splitlines() if " - redis - " in line]
        assert len(lines) == 2 and "cannot be used" in lines[0] and "again" in lines[1]


def test_a_frozen_redis_costs_a_few_requests_little_and_the_rest_nothing(instances, redis):
    redis.freeze()
    began = time.monotonic()
    assert_limited_without_redis(instances)
    assert time.monotonic() - began < 5  # 60 requests, of a sanitizer's binary
    redis.thaw()
    assert shared_again_within(instances, 2)


@pytest.mark.parametrize("fault, cure", [
    (("REPLICAOF", "127.0.0.1", "1"), ("REPLICAOF", "NO", "ONE")),
    (("CONFIG", "SET", "maxmemory", "1"), ("CONFIG", "SET", "maxmemory", "0")),
    (("CONFIG", "SET", "requirepass", "another"), ()),
    (("SCRIPT", "FLUSH"), ()),
    (("CLIENT", "KILL", "TYPE", "normal"), ()),
])
def test_a_redis_in_trouble_is_no_trouble_for_clients(instances, redis, fault, cure):
    assert is_shared(instances)
    redis.say(*fault)
    assert_limited_without_redis(instances)
    if cure:
        redis.say(*cure)
    assert shared_again_within(instances, 2)


def test_a_flushed_redis_forgets_one_window_and_no_more(instances, redis):
    client = new_client()
    assert wave(instances, client).count(400) == COUNT
    redis.say("FLUSHALL")
    answers = wave(instances, client)
    assert set(answers) == {400, 429} and answers.count(400) == COUNT


@pytest.mark.long
def test_a_storm_of_faults_shows_in_nothing_but_limits(instances, redis):
    until = time.monotonic() + 30
    passed, seen = {}, set()

    def client_of(number):
        address = f"198.51.100.{number}"
        while time.monotonic() < until:
            answer = guess(instances[number % 2], address)
            seen.add(answer)
            if answer == 400:
                passed[address] = passed.get(address, 0) + 1

    faults = [lambda: (redis.kill(), time.sleep(0.2), redis.start()),
              lambda: (redis.freeze(), time.sleep(0.4), redis.thaw()),
              lambda: (redis.say("REPLICAOF", "127.0.0.1", "1"), time.sleep(0.2), redis.say("REPLICAOF", "NO", "ONE")),
              lambda: (redis.say("CONFIG", "SET", "maxmemory", "1"), time.sleep(0.1),
                       redis.say("CONFIG", "SET", "maxmemory", "0")),
              lambda: redis.say("SCRIPT", "FLUSH"),
              lambda: redis.say("CLIENT", "KILL", "TYPE", "normal")]
    forgotten = 0
    with concurrent.futures.ThreadPoolExecutor(9) as crowd:
        running = [crowd.submit(client_of, number) for number in range(8)]
        while time.monotonic() < until:
            for fault in random.sample(faults, len(faults)):
                fault()
                forgotten += fault is faults[0]
                time.sleep(random.uniform(0, 0.3))
        for each in running:
            each.result()
    assert seen == {400, 429}
    assert max(passed.values()) <= (2 + forgotten) * COUNT  # each address has one instance and a Redis, which forgets
    assert shared_again_within(instances, 2)


def test_a_service_starts_without_its_redis_and_finds_it_later(start, redis):
    redis.kill()
    instances = [start(REDIS_HOST="127.0.0.1", REDIS_PORT=str(redis.port), **LIMIT) for _ in range(2)]
    assert_limited_without_redis(instances)
    assert instances[0].printed().count("Redis cannot be used") == 1
    redis.start()
    assert shared_again_within(instances, 2)


def test_a_wrong_password_is_told_and_not_shown(start, tmp_path):
    redis = RedisServer(tmp_path / "locked", "--requirepass", "r3al-password")
    instance = start(REDIS_URL=f"redis://:wr0ng-password@127.0.0.1:{redis.port}/1", **LIMIT)
    assert_limited_without_redis([instance])
    assert "WRONGPASS" in instance.printed()
    shown = instance.printed() + instance.run("config").stdout
    assert "wr0ng" not in shown and "r3al" not in shown
    redis.kill()


def test_every_key_has_our_name_and_expires(instances, redis):
    assert is_shared(instances)
    keys = redis.say("KEYS", "*").split("\r\n")[2::2]
    assert keys and all(key.startswith("watchword:1:limit:login:c612") for key in keys)
    for key in keys:
        assert int(redis.say("PTTL", key)[1:]) > 0
