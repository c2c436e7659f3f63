"""For how long an instance shows what another one has changed: measured, and bounded, whatever becomes of the news."""
import random
import statistics
import subprocess
import time

import pytest

from redis_server import RedisServer
from service import API
from test_several_instances import profile, verified

HEARD_WITHIN = 0.05  # seconds, at the median; the worst of many on a busy machine is within HEARD_AT_WORST
HEARD_AT_WORST = 0.5
UNHEARD_FOR = 2  # whatever happens to the connection that brings the news
MEASURING = 0.1  # what a look takes on a busy machine


class Committing:
    """A session of another program that stays open, so that the moment of its COMMIT is known."""

    def __init__(self, postgres, database):
        self.process = subprocess.Popen([str(postgres.binaries / "psql"), "-X", "-q", "-At", postgres.url(database)],
                                        stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, bufsize=1)

    def run(self, sql):
        """When it was committed."""
        self.process.stdin.write(sql + ";\n\\echo done\n")
        self.process.stdin.flush()
        assert self.process.stdout.readline() == "done\n"
        return time.monotonic()

    def close(self):
        self.process.stdin.close()
        self.process.wait()


@pytest.fixture
def world(start, postgres, link, tmp_path):
    """Two instances, of which the second hears news through the link, and somebody who is logged in."""
    redis = RedisServer(tmp_path / "redis")
    database = postgres.new_database()
    shared = {"DATABASE_URL": postgres.url(database), "REDIS_HOST": "127.0.0.1", "REDIS_PORT": str(redis.port)}
    instances = [start(**shared), start(**shared, DATABASE_LISTEN_URL=f"postgresql://postgres@127.0.0.1:{link.port}/{database}")]
    other = Committing(postgres, database)
    yield World(instances, link, other)
    other.close()
    redis.kill()


class World:
    def __init__(self, instances, link, other):
        self.changing, self.showing = instances
        self.link, self.other = link, other
        self.address = verified(instances)
        self.token = self.showing.login(self.address)["access_token"]
        self.names = 0
        self.seconds = []
        time.sleep(1.5)  # until news is heard

    def shows(self):
        answer = profile(self.showing, self.token)
        assert answer.status_code == 200
        return answer.json()["full_name"]

    def look_until(self, changed, condition):
        """Notes for how long after that moment the old state was shown."""
        latest = changed
        while True:
            asked = time.monotonic()
            if condition():
                break
            latest = asked
            assert asked - changed < 10, "the change is never shown"
        self.seconds.append(latest - changed)

    def change_name(self):
        self.names += 1
        name = f"Jane {self.names}"
        return name, self.other.run(f"UPDATE users SET full_name = '{name}' WHERE email = '{self.address}'")

    def bring_into_memory(self):
        for _ in range(3):
            self.shows()

    def measure_a_name(self):
        name, changed = self.change_name()
        self.look_until(changed, lambda: self.shows() == name)

    def measure_a_change(self):
        self.bring_into_memory()
        self.measure_a_name()

    def measure_a_logout(self):
        token = self.changing.login(self.address)["access_token"]
        for _ in range(3):
            assert profile(self.showing, token).status_code == 200
        headers = {"authorization": f"Bearer {token}"}
        assert self.changing.client.post(API + "/auth/logout", headers=headers).status_code == 204
        self.look_until(time.monotonic(), lambda: profile(self.showing, token).status_code == 401)

    def assert_within(self, median, worst):
        found = statistics.median(self.seconds)
        print(f"{len(self.seconds)} times: median {found * 1000:.1f} ms, worst {max(self.seconds) * 1000:.1f} ms")
        assert found <= median and max(self.seconds) <= worst, sorted(self.seconds)


TIMES = pytest.mark.parametrize("times", [pytest.param(1, id="quick"), pytest.param(10, marks=pytest.mark.long, id="long")])


@TIMES
@pytest.mark.parametrize("what", ["change", "logout"])
def test_news_that_are_heard_show_within_fifty_milliseconds(world, times, what):
    measure = {"change": world.measure_a_change, "logout": world.measure_a_logout}[what]
    for _ in range(50 * times):
        measure()
    world.assert_within(HEARD_WITHIN, HEARD_AT_WORST)


@TIMES
def test_nothing_is_shown_for_long_after_the_connection_of_the_news_is_cut(world, times):
    for i in range(8 * times):
        world.bring_into_memory()
        world.link.cut()
        if i % 2 == 0:
            time.sleep(random.uniform(0, 0.3))
        world.measure_a_name()
        time.sleep(0.8)  # until news is heard again
    world.assert_within(HEARD_WITHIN, HEARD_AT_WORST)


@TIMES
def test_news_in_a_black_hole_hide_nothing_for_more_than_two_seconds(world, times):
    for _ in range(3 * times):
        world.bring_into_memory()
        world.link.silent = True
        for _ in range(2):
            time.sleep(random.uniform(0, 0.3))
            world.measure_a_name()
        assert world.seconds.pop() < HEARD_AT_WORST  # by then nothing is kept
        world.link.silent = False
        world.link.cut()
        time.sleep(1.2)
    assert max(world.seconds) > 0.5, "nothing was in memory"
    world.assert_within(UNHEARD_FOR, UNHEARD_FOR + MEASURING)


@TIMES
def test_news_that_come_ever_later_hide_nothing_for_more_than_two_seconds(world, times):
    """And with them the assurances that all is well, one after the other."""
    for _ in range(times):
        for delay in (0.4, 0.8, 1.2, 1.5, 1.8):
            world.link.delay = delay
            for _ in range(3):
                time.sleep(random.uniform(0, 0.5))
                world.shows()
                world.measure_a_name()
        world.link.delay = 0
        world.link.cut()
        time.sleep(1.2)
    assert max(world.seconds) > 0.5, "nothing was in memory"
    world.assert_within(UNHEARD_FOR, UNHEARD_FOR + MEASURING)
