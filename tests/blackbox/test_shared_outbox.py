"""Mail of several instances on one PostgreSQL: any of them delivers, each mail once, whatever ends one of them."""
import collections
import concurrent.futures
import pathlib
import re
import sys
import time

import httpx
import pytest

from faulty_link import FaultyLink
from servers import Postgres
from service import API, Service, free_port, new_email

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / "support"))
from smtp_sink import SmtpSink  # noqa: E402

LEASE = 16  # seconds that a mail waits for an instance that was killed: SMTP_TIMEOUT_SECONDS and 15 more
IN_FLIGHT = 4  # SMTP_CONNECTIONS_MAX


@pytest.fixture(scope="module")
def postgres():
    server = Postgres()
    yield server
    server.close()


@pytest.fixture
def instances(binary, tmp_path, postgres):
    """instances(count, port) -> services on one new database, whose mail goes to that port."""
    started = []

    def starter(count, port, program=binary):
        shared = {"DATABASE_URL": postgres.url(postgres.new_database()), "SMTP_HOST": "127.0.0.1", "SMTP_PORT": str(port),
                  "SMTP_USE_SSL": "false", "SMTP_USE_TLS": "false", "MAIL_FROM": "no-reply@example.com",
                  "SMTP_TIMEOUT_SECONDS": "1"}
        for number in range(count):
            started.append(Service(program, tmp_path / f"instance{number}", shared).start())
        return started

    yield starter
    for service in started:
        service.stop()


def database_of(service):
    return service.settings["DATABASE_URL"].rpartition("/")[2]


def register(service, address):
    answer = httpx.post(service.base + API + "/users", json={"email": address, "password": "secret123"}, timeout=30)
    assert answer.status_code == 201, answer.text


def register_many(services, count):
    addresses = [new_email() for _ in range(count)]
    with concurrent.futures.ThreadPoolExecutor(8) as threads:
        list(threads.map(lambda number: register(services[number % len(services)], addresses[number]), range(count)))
    return addresses


class Mailbox:
    """What the sink has taken, by recipient."""

    def __init__(self, sink):
        self.mails = collections.defaultdict(list)
        sink.on_event = self._note

    def _note(self, event):
        if event["event"] == "mail":
            self.mails[event["to"][0]].append(event)

    def count(self):
        return sum(map(len, self.mails.values()))

    def wait_for(self, addresses, seconds):
        end = time.monotonic() + seconds
        while not all(self.mails.get(address) for address in addresses):
            missing = [address for address in addresses if not self.mails.get(address)]
            assert time.monotonic() < end, f"{len(missing)} mails have not come"
            time.sleep(0.05)

    def duplicates(self):
        """Those that came more than once; each time with one Message-ID."""
        repeated = {address: mails for address, mails in self.mails.items() if len(mails) > 1}
        for mails in repeated.values():
            assert len({re.search(r"^Message-ID: (.*)$", mail["data"], re.M)[1] for mail in mails}) == 1
        return repeated


def outbox(postgres, service):
    """How many mails are to be delivered."""
    return int(postgres.sql(database_of(service), "SELECT count(*) FROM outbox WHERE expires_at > now()")[0][0])


def test_each_mail_is_delivered_once(instances, postgres):
    with SmtpSink() as sink:
        mailbox = Mailbox(sink)
        three = instances(3, sink.port)
        addresses = register_many(three, 150)
        mailbox.wait_for(addresses, 20)
        time.sleep(1.5)
        assert mailbox.count() == len(addresses) and outbox(postgres, three[0]) == 0


def test_a_killed_instance_leaves_its_mail_to_the_others(instances, postgres):
    with SmtpSink(faults=["END=late"]) as sink:
        mailbox = Mailbox(sink)
        two = instances(2, sink.port)
        addresses = register_many(two, 24)
        while mailbox.count() < 6:  # then each has some under way
            time.sleep(0.01)
        two[0].kill()
        sink.faults.clear()
        mailbox.wait_for(addresses, LEASE + 5)
        assert len(mailbox.duplicates()) <= IN_FLIGHT
        assert max(map(len, mailbox.mails.values())) <= 2
        while outbox(postgres, two[1]):
            time.sleep(0.05)
        two[0].start()
        time.sleep(1.5)
        assert mailbox.count() <= len(addresses) + IN_FLIGHT


def test_a_kill_between_delivery_and_its_record_costs_one_duplicate(instances, postgres):
    with SmtpSink(faults=["END=late*1"]) as sink:
        mailbox = Mailbox(sink)
        service, = instances(1, sink.port)
        service.stop()
        direct, link = service.settings["DATABASE_URL"], FaultyLink(postgres.port)
        service.settings["DATABASE_URL"] = direct.replace(str(postgres.port), str(link.port))
        service.start()
        address = new_email()
        register(service, address)
        mailbox.wait_for([address], 5)
        link.silent = True  # the sink says 250 soon, and that cannot be recorded
        time.sleep(1)
        service.kill()
        link.close()
        service.settings["DATABASE_URL"] = direct
        assert outbox(postgres, service) == 1
        service.start()
        end = time.monotonic() + LEASE + 5
        while outbox(postgres, service):
            assert time.monotonic() < end
            time.sleep(0.05)
        assert len(mailbox.duplicates()[address]) == 2
        code = re.search(r"\b(\d{6})\b", mailbox.mails[address][1]["text"])[1]
        assert service.post("/auth/verify-otp", {"email": address, "otp": code}).status_code == 200


def resident(service):
    status = pathlib.Path(f"/proc/{service.process.pid}/status").read_text()
    return int(re.search(r"VmRSS:\s+(\d+)", status)[1]) / 1024


@pytest.mark.parametrize("count", [2_000, pytest.param(100_000, marks=pytest.mark.long)])
def test_a_backlog_is_worked_off_without_what_has_expired(instances, postgres, release_binary, count):
    port = free_port()
    service, = instances(1, port, release_binary)  # the one with sanitizers keeps what it frees
    first = new_email()
    register(service, first)
    # Copies of that mail, which wait as long as that many would: every second one is of no use any more.
    postgres.sql(database_of(service), f"""
        INSERT INTO outbox (recipient, sealed, created_at, due_at, expires_at)
        SELECT recipient, sealed, created_at, now() - interval '1 hour' + i * interval '1 millisecond',
               now() + CASE WHEN i % 2 = 0 THEN interval '1 hour' ELSE interval '-1 minute' END
        FROM outbox, generate_series(1, {count}) AS i""")
    before = resident(service)
    with SmtpSink(port=port) as sink:
        mailbox = Mailbox(sink)
        began = time.monotonic()
        times, highest = [], before
        while outbox(postgres, service):
            asked = time.monotonic()
            register(service, new_email())
            times.append(time.monotonic() - asked)
            highest = max(highest, resident(service))
            time.sleep(0.1)
            assert time.monotonic() - began < 60 + count / 50
        took = time.monotonic() - began
        time.sleep(0.5)
    assert len(mailbox.mails[first]) == count // 2 + 1
    assert sorted(times)[len(times) // 2] < 0.3
    assert highest - before < 20, f"{before:.0f} -> {highest:.0f} MB"
    print(f"{count // 2 / took:.0f} mails a second, {before:.0f} -> {highest:.0f} MB resident, "
          f"registrations in {sorted(times)[len(times) // 2] * 1000:.0f} ms")
