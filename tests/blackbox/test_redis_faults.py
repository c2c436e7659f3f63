"""Instances behind a link to Redis, when something else answers there, when it is demoted, and when it dies and its
successor knows less: their clients notice nothing but limits."""
import threading
import time

import pytest

from faulty_link import FaultyLink
from redis_server import RedisServer
from service import API, Service
from strange_redis import StrangeRedis
from filing import resident_kilobytes
from test_redis import COUNT, LIMIT, guess, is_shared, new_client, shared_again_within, wave


@pytest.fixture(scope="module")
def redis(tmp_path_factory):
    server = RedisServer(tmp_path_factory.mktemp("redis"))
    yield server
    server.kill()


@pytest.fixture(scope="module")
def link(redis):
    between = FaultyLink(redis.port)
    yield between
    between.close()


@pytest.fixture(scope="module")
def instances(binary, tmp_path_factory, link):
    settings = {"REDIS_URL": f"redis://127.0.0.1:{link.port}", **LIMIT}
    running = [Service(binary, tmp_path_factory.mktemp("service"), settings).start() for _ in range(2)]
    yield running
    for instance in running:
        instance.stop()


@pytest.fixture
def stranger(link, redis):
    peer = StrangeRedis()
    yield peer
    if link.target == peer.port:
        link.target = redis.port
        link.cut()
    peer.close()


def error(text):
    return f"-{text}\r\n".encode()


STRANGE_ANSWERS = {
    "READONLY": error("READONLY You can't write against a read only replica."),
    "LOADING": error("LOADING Redis is loading the dataset in memory"),
    "MOVED": error("MOVED 3999 127.0.0.1:6381"),
    "NOSCRIPT": error("NOSCRIPT No matching script. Please use EVAL."),
    "WRONGTYPE": error("WRONGTYPE Operation against a key holding the wrong kind of value"),
    "NOAUTH": error("NOAUTH Authentication required."),
    "NOPERM": error("NOPERM this user has no permissions to run the 'evalsha' command"),
    "an error without end": b"-" + b"x" * 60_000,
    "HTTP": b"HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\n\r\n",
    "zeros": bytes(5000),
    "a string of 512 MB": b"$536870912\r\n",
    "a string of more than there is": b"$9223372036854775807\r\n",
    "a string of less than nothing": b"$-2\r\n",
    "an array of 2147483647": b"*2147483647\r\n",
    "arrays in arrays": b"*1\r\n" * 5000,
    "half a reply": b"*2\r\n:0\r\n",
    "more replies than were asked for": b"*2\r\n:0\r\n:0\r\n" * 1000,
    "another reply": b"+OK\r\n",
    "a wait of less than nothing": b"*2\r\n:-1\r\n:0\r\n",
    "a wait of more than there is": b"*2\r\n:9223372036854775807\r\n:999\r\n",
    "the end": b"",
}


@pytest.mark.parametrize("case, greets", [
    *((case, True) for case in STRANGE_ANSWERS),
    *((case, False) for case in ("LOADING", "NOAUTH", "HTTP", "a string of 512 MB", "another reply", "the end"))])
def test_a_strange_answer_means_limits_of_each_instance(instances, link, stranger, redis, case, greets):
    stranger.answer, stranger.greets = STRANGE_ANSWERS[case], greets
    stranger.endless = "of 512 MB" in case
    link.target = stranger.port
    link.cut()
    before = [resident_kilobytes(instance) for instance in instances]
    until = time.monotonic() + 2
    while not stranger.asked and time.monotonic() < until:  # they come back to it within half a second
        assert guess(instances[0], new_client()) == 400
        time.sleep(0.02)
    assert stranger.asked
    answers = wave(instances, new_client(), 20)
    # Whoever has a wait of nothing passes; a connection may live on a few such replies before it is found out.
    most = 20 if case == "more replies than were asked for" else 2 * COUNT
    assert set(answers) <= {400, 429} and COUNT <= answers.count(400) <= most
    for instance, kilobytes in zip(instances, before):
        assert resident_kilobytes(instance) - kilobytes < 100_000
    link.target = redis.port
    link.cut()
    assert shared_again_within(instances, 3)


def test_a_key_of_another_kind_is_written_over(instances, redis):
    assert shared_again_within(instances, 2)
    client = new_client()
    assert guess(instances[0], client) == 400
    key = "watchword:1:limit:login:" + bytes(map(int, client.split("."))).hex()
    assert redis.say("DEL", key) == ":1\r\n"
    redis.say("LPUSH", key, "not", "ours")
    assert [guess(instances[i % 2], client) for i in range(COUNT + 2)] == [400] * COUNT + [429] * 2
    assert redis.say("TYPE", key) == "+string\r\n"


def test_a_busy_redis_holds_nobody_up(instances, redis):
    assert shared_again_within(instances, 2)
    times, seen, stop = [], set(), threading.Event()

    def steady(instance):
        while not stop.is_set():
            began = time.monotonic()
            seen.add(guess(instance, new_client()))
            times.append(time.monotonic() - began)
            time.sleep(0.05)

    threads = [threading.Thread(target=steady, args=(instance,)) for instance in instances]
    for thread in threads:
        thread.start()
    assert redis.say("DEBUG", "SLEEP", "3") == "+OK\r\n"
    stop.set()
    for thread in threads:
        thread.join()
    assert seen == {400} and len(times) > 20
    assert max(times) < 1  # 50 ms, and what a busy machine and a sanitizer add
    assert shared_again_within(instances, 2)


def test_a_demoted_redis_is_left_for_the_one_behind_the_address(start, tmp_path):
    old, new = RedisServer(tmp_path / "old"), RedisServer(tmp_path / "new")
    link = FaultyLink(old.port)
    try:
        instances = [start(REDIS_URL=f"redis://127.0.0.1:{link.port}", **LIMIT) for _ in range(2)]
        assert is_shared(instances)
        old.say("REPLICAOF", "127.0.0.1", str(new.port))  # every connection to it stays open
        answers = wave(instances, new_client())
        assert set(answers) == {400, 429} and COUNT <= answers.count(400) <= 2 * COUNT
        time.sleep(1.5)  # a replica is no better the second time
        answers = wave(instances, new_client())
        assert set(answers) == {400, 429} and answers.count(400) == 2 * COUNT
        link.target = new.port  # and nothing is cut
        assert shared_again_within(instances, 2)
        assert "watchword:1:limit:login:" in new.say("KEYS", "*")
        for instance in instances:
            lines = [line for line in instance.printed().splitlines() if " - redis - " in line]
            assert len(lines) == 2 and "cannot be used" in lines[0] and "again" in lines[1], lines
    finally:
        link.close()
        old.kill()
        new.kill()


class Sentinel(RedisServer):
    """Watches over `master`, which must have its replicas already: it asks for them at its beginning."""

    def __init__(self, folder, master):
        folder.mkdir(parents=True)
        (folder / "sentinel.conf").write_text(
            f"sentinel monitor mymaster 127.0.0.1 {master.port} 1\nsentinel down-after-milliseconds mymaster 300\n"
            "sentinel failover-timeout mymaster 3000\n")
        super().__init__(folder, "--sentinel")

    def command(self):
        return ["redis-server", str(self.folder / "sentinel.conf"), "--bind", "127.0.0.1", "--port", str(self.port), "--sentinel"]


def test_a_failover_that_forgets_costs_counts_and_no_security(start, tmp_path):
    master = RedisServer(tmp_path / "master")
    replication = FaultyLink(master.port)
    replica = RedisServer(tmp_path / "replica", "--replicaof", "127.0.0.1", str(replication.port), "--repl-diskless-sync-delay", "0")
    sentinel = None
    try:
        until = time.monotonic() + 10
        while "master_link_status:up" not in replica.say("INFO", "replication") and time.monotonic() < until:
            time.sleep(0.05)
        sentinel = Sentinel(tmp_path / "sentinel", master)
        instances = [start(REDIS_URL=f"redis+sentinel://127.0.0.1:{sentinel.port}/mymaster", LOGIN_FAILURES_PER_ACCOUNT="3/day",
                           **LIMIT) for _ in range(2)]
        instance = instances[0]
        victim, gone = instance.verified(), instance.tokens()
        assert is_shared(instances)

        replication.silent = True  # what is counted from here on is lost with the master
        client = new_client()
        assert wave(instances, client).count(400) == COUNT

        def try_password():
            return instance.client.post(API + "/auth/login", json={"email": victim, "password": "wrong-one"},
                                        headers={"x-forwarded-for": new_client()}).status_code

        assert [try_password() for _ in range(4)] == [400, 400, 400, 429]
        bearer = {"authorization": f"Bearer {gone['access_token']}"}
        assert instance.client.post(API + "/auth/logout", headers=bearer).status_code == 204
        master.kill()
        seen, passed, until = set(), 0, time.monotonic() + 15
        while not replica.say("ROLE").startswith("*3\r\n$6\r\nmaster") and time.monotonic() < until:
            answer = guess(instances[1], client)
            seen.add(answer)
            passed += answer == 400
            time.sleep(0.02)
        assert seen <= {400, 429} and passed <= COUNT  # what passed the instance before is in its memory
        assert shared_again_within(instances, 2)
        again = [guess(instances[i % 2], client) for i in range(2 * COUNT)]
        assert again.count(400) <= COUNT  # what the successor does not know is allowed once more
        assert try_password() == 429
        assert instance.client.get(API + "/users/profile", headers=bearer).status_code == 401
        for each in instances:
            assert each.client.get("/readyz").json() == {"status": "ok"}
    finally:
        replication.close()
        for server in (master, replica, sentinel):
            if server:
                server.kill()
