"""PostgreSQL in trouble: killed, frozen, cut off, slow, full. Requests get 503 in time, and nothing is lost or half done."""
import concurrent.futures
import statistics
import subprocess
import threading
import time

import httpx
import pytest

from servers import Postgres
from service import API, new_email

ANSWERS_WITHIN = 2.5  # seconds, whatever PostgreSQL does
BACK_WITHIN = 2


@pytest.fixture
def linked(start, postgres, link):
    """A service whose way to PostgreSQL is the link."""
    return start(DATABASE_URL=f"postgresql://postgres@127.0.0.1:{link.port}/{postgres.new_database()}", IO_THREADS="2")


def timed(call):
    began = time.monotonic()
    return call(), time.monotonic() - began


def until_ready(service, seconds=BACK_WITHIN):
    began = time.monotonic()
    while service.client.get("/readyz").status_code != 200:
        assert time.monotonic() - began < seconds, "it is not ready again"
        time.sleep(0.01)
    return time.monotonic() - began


def routes_that_ask_the_database(service, tokens):
    """What each route answers while there is no database."""
    return {
        "register": lambda: service.post("/users", {"email": new_email(), "password": "secret123"}),
        "login": lambda: service.post("/auth/login", {"email": new_email(), "password": "secret123"}),
        "send": lambda: service.post("/auth/send-otp", {"email": new_email()}),
        "verify": lambda: service.post("/auth/verify-otp", {"email": new_email(), "otp": "123456"}),
        "refresh": lambda: service.post("/auth/refresh-token", {"refresh_token": tokens["refresh_token"]}),
        "profile": lambda: service.get("/users/profile", tokens["access_token"]),
    }


class Watching:
    """Asks for /healthz without a pause, until it is left; each answer is 200 and quick."""

    def __init__(self, service):
        self.service, self.over, self.times, self.statuses = service, threading.Event(), [], set()
        self.thread = threading.Thread(target=self._run)

    def __enter__(self):
        self.thread.start()
        return self

    def __exit__(self, *_):
        self.over.set()
        self.thread.join()

    def _run(self):
        with httpx.Client(base_url=self.service.base, timeout=10, trust_env=False) as client:
            while not self.over.wait(0.02):
                answer, seconds = timed(lambda: client.get("/healthz"))
                self.statuses.add(answer.status_code)
                self.times.append(seconds)


@pytest.mark.parametrize("how", ["cut", "stopped", "frozen", "behind a black hole"])
@pytest.mark.parametrize("seconds", [4, pytest.param(60, marks=pytest.mark.long)])
def test_while_the_database_is_away_everything_is_503_at_once_and_comes_back(linked, link, postgres, how, seconds):
    tokens = linked.tokens()
    away = {"cut": link.cut, "stopped": postgres.kill, "frozen": postgres.freeze,
            "behind a black hole": lambda: setattr(link, "silent", True)}[how]
    with Watching(linked) as watching:
        if how == "cut":
            link.target, server = 1, link.target  # it stays away
        away()
        gone = time.monotonic()
        try:
            with concurrent.futures.ThreadPoolExecutor(6) as threads:
                calls = routes_that_ask_the_database(linked, tokens)
                first = dict(zip(calls, threads.map(timed, calls.values())))
            for route, (answer, took) in first.items():
                assert answer.status_code == 503 or route == "profile", route  # which may be kept in memory
                assert took < ANSWERS_WITHIN, (route, took)
            time.sleep(max(0.0, 3 + gone - time.monotonic()))
            assert linked.client.get("/readyz").status_code == 503
            later = [(route, *timed(call)) for _ in range(5) for route, call in calls.items()]
            before, opened = time.monotonic(), link.connections
            time.sleep(max(0.0, seconds + gone - time.monotonic()))
            attempts = (link.connections - opened) / max(1.0, time.monotonic() - before)
        finally:
            {"cut": lambda: setattr(link, "target", server), "stopped": postgres.start, "frozen": postgres.thaw,
             "behind a black hole": lambda: setattr(link, "silent", False)}[how]()
        back = until_ready(linked)
    assert {answer.status_code for _, answer, _ in later} == {503}
    assert all("retry-after" in answer.headers for _, answer, _ in later)
    assert statistics.median(took for _, _, took in later) < 0.05, later
    assert attempts <= (10 if seconds > 10 else 12), f"{attempts} attempts to connect in a second"
    assert watching.statuses == {200} and statistics.median(watching.times) < 0.05 and max(watching.times) < 0.5
    print(f"{how}: 503 after {max(took for _, took in first.values()):.2f} s, then after "
          f"{statistics.median(took for _, _, took in later) * 1000:.0f} ms, /healthz {max(watching.times) * 1000:.0f} ms, "
          f"{attempts:.1f} attempts a second, back after {back:.2f} s")
    assert linked.get("/users/profile", tokens["access_token"]).status_code == 200
    linked.verified()


def test_an_answer_that_is_lost_on_its_way_leaves_nothing_half_done(start, postgres, link):
    """The transaction was committed, and nobody was told. Whatever is asked again is done once."""
    database = postgres.new_database()
    service = start(DATABASE_URL=f"postgresql://postgres@127.0.0.1:{link.port}/{database}",
                    DATABASE_LISTEN_URL=postgres.url(database), REFRESH_TOKEN_ROTATION="true", IO_THREADS="1",
                    DATABASE_POOL_SIZE="1", CACHE_ENTRIES_MAX="0")

    def with_a_lost_answer(call):
        for _ in range(8):  # sometimes it is the answer to another question that is lost
            link.cut_before_answer()
            answer = call()
            if answer.status_code == 503:
                assert "retry-after" in answer.headers
                until_ready(service)
                return
            until_ready(service)
        raise AssertionError("no answer was ever lost")

    address = new_email()
    body = {"email": address, "password": "secret123"}
    with_a_lost_answer(lambda: service.post("/users", body))
    assert service.post("/users", body).status_code in (201, 400)
    assert postgres.sql(database, f"SELECT count(*) FROM users WHERE email = '{address}'") == [["1"]]
    code = service.code(address)
    assert len(service.mails(address)) == 1
    verify = {"email": address, "otp": code}
    with_a_lost_answer(lambda: service.post("/auth/verify-otp", verify))
    assert service.post("/auth/verify-otp", verify).status_code == 200
    with_a_lost_answer(lambda: service.post("/auth/login", body))
    tokens = service.login(address)
    refresh = {"refresh_token": tokens["refresh_token"]}
    with_a_lost_answer(lambda: service.post("/auth/refresh-token", refresh))
    successors = {service.post("/auth/refresh-token", refresh).json()["refresh_token"] for _ in range(2)}
    assert len(successors) == 1
    logout = {"authorization": f"Bearer {tokens['access_token']}"}
    with_a_lost_answer(lambda: service.client.post(API + "/auth/logout", headers=logout))
    assert service.client.post(API + "/auth/logout", headers=logout).status_code in (204, 401)
    assert service.get("/users/profile", tokens["access_token"]).status_code == 401


@pytest.mark.long
def test_a_slow_link_makes_answers_slow_and_no_worse(linked, link):
    tokens = linked.tokens()
    link.delay = 0.25
    answer, took = timed(lambda: linked.post("/auth/refresh-token", {"refresh_token": tokens["refresh_token"]}))
    assert answer.status_code == 200 and took < ANSWERS_WITHIN, (answer.status_code, took)
    link.delay, link.bytes_per_second = 0, 10_000
    with concurrent.futures.ThreadPoolExecutor(50) as threads:
        answers = list(threads.map(lambda _: timed(lambda: httpx.post(
            linked.base + API + "/users", json={"email": new_email(), "password": "secret123"}, timeout=30)), range(200)))
    assert {answer.status_code for answer, _ in answers} <= {201, 503}
    assert max(took for _, took in answers) < 10
    link.bytes_per_second = None
    until_ready(linked, 5)
    linked.verified()


@pytest.mark.long
def test_too_many_connections_mean_fewer_of_ours_and_no_error(start):
    server = Postgres("max_connections=12")
    try:
        database = server.new_database()
        service = start(DATABASE_URL=server.url(database), IO_THREADS="2")
        tokens = service.tokens()
        others = [subprocess.Popen([str(server.binaries / "psql"), "-X", "-q", server.url("postgres"), "-c", "SELECT pg_sleep(60)"],
                                   stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) for _ in range(12)]
        time.sleep(0.5)
        with concurrent.futures.ThreadPoolExecutor(30) as threads:
            statuses = list(threads.map(lambda _: httpx.post(
                service.base + API + "/users", json={"email": new_email(), "password": "secret123"}, timeout=30).status_code,
                range(60)))
        assert set(statuses) <= {201, 503}, statuses
        assert service.get("/users/profile", tokens["access_token"]).status_code == 200
        for other in others:
            other.kill()
            other.wait()
        time.sleep(0.5)
        until_ready(service)
        service.verified()
    finally:
        server.close()


def test_connections_that_are_ended_again_and_again_cost_some_answers_and_leak_nothing(start, postgres):
    database = postgres.new_database()
    service = start(DATABASE_URL=postgres.url(database), IO_THREADS="2", DATABASE_POOL_SIZE="4", DATABASE_MAX_OVERFLOW="2")
    tokens = service.tokens()
    over, statuses = threading.Event(), []

    def use(number):
        with httpx.Client(base_url=service.base, timeout=30, trust_env=False) as client:
            while not over.is_set():
                if number % 2:
                    answer = client.post(API + "/users", json={"email": new_email(), "password": "secret123"})
                else:
                    answer = client.post(API + "/auth/refresh-token", json={"refresh_token": tokens["refresh_token"]})
                statuses.append(answer.status_code)

    users = [threading.Thread(target=use, args=(number,)) for number in range(6)]
    for user in users:
        user.start()
    ours = f"FROM pg_stat_activity WHERE datname = '{database}' AND application_name = 'watchword'"
    for _ in range(20):
        postgres.sql("postgres", f"SELECT pg_terminate_backend(pid) {ours}")
        time.sleep(0.1)
    until_ready(service)
    over.set()
    for user in users:
        user.join()
    assert set(statuses) <= {200, 201, 503} and statuses.count(503) < len(statuses)
    # One for reads of each thread, those for writes, and the one that listens.
    assert int(postgres.sql("postgres", f"SELECT count(*) {ours}")[0][0]) <= 2 + 4 + 2 + 1
    service.verified()


def test_no_transaction_is_left_open_for_the_server_to_end(start, postgres, database):
    postgres.sql("postgres", f"ALTER DATABASE {database} SET idle_in_transaction_session_timeout = '20ms'")
    service = start(DATABASE_URL=postgres.url(database), DATABASE_POOL_SIZE="2")
    for _ in range(10):
        tokens = service.tokens()
        assert service.post("/auth/refresh-token", {"refresh_token": tokens["refresh_token"]}).status_code == 200
        time.sleep(0.05)
    assert "a connection to PostgreSQL has ended" not in service.log()
