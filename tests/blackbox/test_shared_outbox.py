"""Several instances, one outbox in PostgreSQL, one mail server: each mail goes out once, whoever of them dies."""
import collections
import concurrent.futures
import threading
import time

import pytest

from faulty_link import FaultyLink
from mailing import SmtpSink, code_in, eventually, message_id, settings_for, verify
from service import Service

pytestmark = pytest.mark.long

TIMEOUT = 2  # SMTP_TIMEOUT_SECONDS
LEASE = TIMEOUT + 15  # what a dead instance had claimed, the others leave alone for so long
LANES = 4  # SMTP_CONNECTIONS_MAX


@pytest.fixture
def instance(binary, tmp_path, postgres, database):
    """instance(the port of the mail server) -> Service. Each signs with a sender of its own; they share the rest."""
    running = []

    def starter(mail_port, database_port=None):
        number = len(running)
        url = f"postgresql://postgres@127.0.0.1:{database_port or postgres.port}/{database}"
        settings = {**settings_for(mail_port), "DATABASE_URL": url, "MAIL_FROM": f"from{number}@example.com",
                    "SMTP_TIMEOUT_SECONDS": str(TIMEOUT), "SMTP_CONNECTIONS_MAX": str(LANES),
                    "HASH_QUEUE_MILLISECONDS": "30000"}
        running.append(Service(binary, tmp_path / f"instance{number}", settings).start())
        return running[-1]

    yield starter
    for service in running:
        service.stop()


def register_on_all(instances, count):
    """Registers that many at once, each on the next instance; returns their addresses."""
    with concurrent.futures.ThreadPoolExecutor(count) as threads:
        return list(threads.map(lambda i: instances[i % len(instances)].register(), range(count)))


class Arrivals:
    """The mails that a sink has taken, by recipient."""

    def __init__(self, sink):
        self.mails, self._came = collections.defaultdict(list), threading.Condition()
        self.when_one_comes = lambda mail: None
        sink.on_event = self._note

    def _note(self, event):
        if event["event"] == "mail":
            with self._came:
                self.mails[event["to"][0]].append(event)
                self._came.notify_all()
            self.when_one_comes(event)

    def count(self):
        return sum(map(len, self.mails.values()))

    def wait_for(self, count, seconds=20):
        with self._came:
            assert self._came.wait_for(lambda: self.count() >= count, seconds), f"{self.count()} of {count} mails came"


def waiting(postgres, database, more=""):
    return postgres.sql(database, f"SELECT id, claimed_until FROM outbox WHERE true {more} ORDER BY id")


def leased(postgres, database):
    return waiting(postgres, database, "AND claimed_until > now()")


def test_three_instances_send_each_mail_once_and_share_the_work(instance, postgres, database):
    with SmtpSink() as sink:
        arrivals = Arrivals(sink)
        instances = [instance(sink.port) for _ in range(3)]
        began = time.monotonic()
        addresses = register_on_all(instances, 200)
        arrivals.wait_for(200)
        took = time.monotonic() - began
        eventually(lambda: not waiting(postgres, database))
        time.sleep(1.5)  # another poll of each of them
        assert set(arrivals.mails) == set(addresses) and arrivals.count() == 200
        shares = collections.Counter(mail["from"] for mails in arrivals.mails.values() for mail in mails)
        assert len(shares) == 3 and min(shares.values()) >= 10, shares
        verify(instances[0], addresses[1], code_in(arrivals.mails[addresses[1]][0]))
        print(f"200 mails in {took:.1f} s, shares {sorted(shares.values())}")


def test_an_instance_that_is_killed_loses_no_mail_and_others_take_its_letters_over(instance, postgres, database):
    with SmtpSink() as sink:
        arrivals = Arrivals(sink)
        slow = [FaultyLink(sink.port) for _ in range(3)]
        try:
            instances = [instance(link.port) for link in slow]
            for link in slow:
                link.delay = 0.05  # half a second for a mail
            addresses, orphans = [], {}
            for victim in instances:
                addresses += register_on_all(instances, 40)
                eventually(lambda: len(leased(postgres, database)) >= len(orphans) + 2 * LANES, 5)
                time.sleep(0.3)
                victim.kill()
                killed = time.monotonic()
                held = leased(postgres, database)
                time.sleep(TIMEOUT)  # by then the others are done with what they held
                mine = [identity for identity, until in held
                        if [identity, until] in leased(postgres, database) and identity not in orphans]
                assert 1 <= len(mine) <= LANES, "it was to be killed in the middle of deliveries"
                orphans |= dict.fromkeys(mine, killed)
                victim.start()
            taken_after = {}
            while len(taken_after) < len(orphans):
                left = {identity for identity, _ in waiting(postgres, database)}
                for identity in orphans.keys() - left - taken_after.keys():
                    taken_after[identity] = time.monotonic() - orphans[identity]
                assert time.monotonic() - max(orphans.values()) < LEASE + TIMEOUT + 3, "nobody took them over"
                time.sleep(0.05)
            eventually(lambda: not waiting(postgres, database))
        finally:
            for link in slow:
                link.close()
        assert set(arrivals.mails) == set(addresses), "a mail was lost"
        doubles = [mails for mails in arrivals.mails.values() if len(mails) > 1]
        assert arrivals.count() - len(addresses) <= len(orphans)
        for mails in doubles:
            assert len({message_id(mail) for mail in mails}) == 1
        print(f"{len(orphans)} letters were in flight at three kills, taken up and delivered after "
              f"{min(taken_after.values()):.1f} to {max(taken_after.values()):.1f} s, {len(doubles)} came twice")


def test_a_kill_between_the_answer_to_the_dot_and_its_recording_costs_one_duplicate(instance, postgres, database):
    link = FaultyLink(postgres.port)
    try:
        with SmtpSink() as sink:
            arrivals = Arrivals(sink)
            victim = instance(sink.port, database_port=link.port)

            def swallow_what_would_be_recorded(_):
                link.silent = True  # before the sink says 250

            arrivals.when_one_comes = swallow_what_would_be_recorded
            address = victim.register()
            arrivals.wait_for(1)
            time.sleep(0.5)  # it has read the 250 and asks PostgreSQL to remove the row, in vain
            assert len(leased(postgres, database)) == 1
            victim.kill()
            killed = time.monotonic()
            link.cut()
            other = instance(sink.port)
            arrivals.wait_for(2, LEASE + 5)
            took = time.monotonic() - killed
            eventually(lambda: not waiting(postgres, database))
            time.sleep(1.5)
            first, second = arrivals.mails[address]
            assert message_id(first) == message_id(second) and code_in(first) == code_in(second)
            assert arrivals.count() == 2 and took < LEASE + 2
            verify(other, address, code_in(second))
            print(f"its only duplicate came {took:.1f} s after the kill")
            link.silent = False
    finally:
        link.close()


def test_an_instance_that_is_stopped_finishes_its_letters_and_leaves_the_rest_to_others(instance, postgres, database):
    with SmtpSink() as sink:
        arrivals, link = Arrivals(sink), FaultyLink(sink.port)
        try:
            link.delay = 0.03
            instances = [instance(link.port) for _ in range(2)]
            addresses = register_on_all(instances, 40)
            eventually(lambda: len(leased(postgres, database)) == 2 * LANES, 5)
            instances[0].stop()
            assert len(leased(postgres, database)) <= LANES, "it has given back or delivered all that it held"
            arrivals.wait_for(40, LEASE - 2)
            eventually(lambda: not waiting(postgres, database))
            assert set(arrivals.mails) == set(addresses) and arrivals.count() == 40
        finally:
            link.close()


@pytest.mark.parametrize("how", ["cut", "silent"])
def test_a_database_that_is_lost_for_some_seconds_costs_no_duplicate(instance, postgres, database, how):
    link = FaultyLink(postgres.port)
    try:
        with SmtpSink() as sink:
            arrivals = Arrivals(sink)
            lost = threading.Event()

            def lose_the_database(_):
                if not lost.is_set():
                    lost.set()
                    link.silent = True

            arrivals.when_one_comes = lose_the_database
            service = instance(sink.port, database_port=link.port)
            address = service.register()
            arrivals.wait_for(1)
            if how == "cut":
                link.cut()
            time.sleep(4)
            assert len(leased(postgres, database)) == 1, "what became of it could not be recorded"
            link.silent = False
            eventually(lambda: not waiting(postgres, database), 5)
            time.sleep(1.5)
            assert arrivals.count() == 1
            verify(service, address, code_in(arrivals.mails[address][0]))
    finally:
        link.close()
