"""What clients and load balancers see of a stop: with DRAIN_SECONDS nobody's request fails."""
import http.client
import itertools
import signal
import threading
import time

import httpx
import pytest

from service import API, Service


def test_draining_is_announced_and_still_answers(start):
    service = start(DRAIN_SECONDS="2")
    idle = httpx.Client(base_url=service.base, trust_env=False)
    assert "connection" not in idle.get("/readyz").headers
    service.process.send_signal(signal.SIGTERM)
    time.sleep(0.3)
    last = idle.get("/readyz")
    assert (last.status_code, last.headers["connection"]) == (503, "close")
    fresh = httpx.get(service.base + "/", trust_env=False)
    assert (fresh.status_code, fresh.headers["connection"]) == (200, "close")
    began = time.monotonic()
    assert service.process.wait(timeout=10) == 0
    assert 1 < time.monotonic() - began < 6


def test_a_second_signal_ends_the_drain(start):
    service = start(DRAIN_SECONDS="60")
    service.process.send_signal(signal.SIGTERM)
    time.sleep(0.3)
    assert service.process.poll() is None
    service.process.send_signal(signal.SIGTERM)
    assert service.process.wait(timeout=5) != 0


class Load:
    """Clients that ask without a pause, each over one connection that it opens again when it is told to close."""

    def __init__(self, connect, clients=8):
        self.connect, self.failed, self.done, self.over = connect, [], 0, False
        self.threads = [threading.Thread(target=self.ask) for _ in range(clients)]
        for thread in self.threads:
            thread.start()

    def ask(self):
        connection = None
        while not self.over:
            try:
                connection = connection or self.connect()
                # A proxy sends no POST a second time, so whatever is lost on the way shows.
                connection.request("POST", API + "/auth/login", "{}", {"Content-Type": "application/json"})
                answer = connection.getresponse()
                answer.read()
                if answer.status != 422:
                    self.failed.append(answer.status)
                self.done += 1
                if answer.getheader("Connection") == "close":
                    connection.close()
                    connection = None
            except Exception as exception:
                self.failed.append(repr(exception))
                connection = None

    def stop(self):
        self.over = True
        for thread in self.threads:
            thread.join()


@pytest.fixture
def instances(binary, tmp_path):
    pair = [Service(binary, tmp_path / f"instance{i}", {"DRAIN_SECONDS": "1"}).start()
            for i in range(2)]
    yield pair
    for instance in pair:
        instance.stop()


def restart_in_turn(instances, load):
    for instance in instances:
        time.sleep(0.5)
        instance.process.send_signal(signal.SIGTERM)
        assert instance.process.wait(timeout=20) == 0
        instance.start()
    time.sleep(0.5)
    load.stop()
    assert load.failed == []
    assert load.done > 100


def test_a_rolling_restart_fails_no_request_of_clients_that_go_by_connection_close(instances):
    turns = itertools.count()

    def connect():
        """To whichever instance takes the connection, as a balancer that knows both does it."""
        for _ in range(len(instances) * 2):
            connection = http.client.HTTPConnection("127.0.0.1", instances[next(turns) % len(instances)].port, timeout=10)
            try:
                connection.connect()
                return connection
            except ConnectionRefusedError:
                continue
        raise AssertionError("no instance takes connections")

    restart_in_turn(instances, Load(connect))
