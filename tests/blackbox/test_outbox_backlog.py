"""An outbox that has grown long while no mail could be sent: it empties in order, and nobody else notices."""
import datetime
import email.utils
import re
import statistics
import time

import pytest

from mailing import SmtpSink, code_in, eventually, settings_for, verify
from service import Service, free_port

LANES = 4  # SMTP_CONNECTIONS_MAX


def status_of(service, field):
    """A figure of /proc/PID/status: VmRSS in KiB, Threads."""
    return int(re.search(rf"{field}:\s+(\d+)", open(f"/proc/{service.process.pid}/status").read())[1])


def fill(postgres, database, valid, expired):
    """Copies the one mail that waits. The copies are told apart by the second in which they were written: the valid ones
    were written in the last `valid` seconds, and before each of them there is one that has expired."""
    postgres.sql(database, f"""
        INSERT INTO outbox (recipient, sealed, created_at, due_at, expires_at)
        SELECT recipient, sealed, written, written, written + wait
        FROM outbox, generate_series(1, {max(valid, expired)}) AS i,
             LATERAL (VALUES (now() - i * interval '1 second', interval '100 days'),
                             (now() - i * interval '1 second' - interval '200 days', interval '10 minutes'))
             AS kind (written, wait)
        WHERE i <= CASE WHEN wait > '1 day' THEN {valid} ELSE {expired} END;
        DELETE FROM outbox WHERE id = (SELECT min(id) FROM outbox);
        ANALYZE outbox""")


def written_at(mail):
    return email.utils.parsedate_to_datetime(re.search(r"^Date: (.*?)\r?$", mail["data"], re.MULTILINE)[1])


def register_timed(service):
    began = time.monotonic()
    return service.register(), time.monotonic() - began


@pytest.mark.long
@pytest.mark.parametrize("rows", [5_000, 100_000])
def test_a_backlog_is_delivered_oldest_first_without_what_has_expired(release_binary, tmp_path, postgres, rows):
    database, port = postgres.new_database(), free_port()
    service = Service(release_binary, tmp_path / "service", settings_for(
        port, DATABASE_URL=postgres.url(database), SMTP_CONNECTIONS_MAX=str(LANES),
        EMAIL_OTP_RESEND_INTERVAL_SECONDS="0"))
    service.start()
    try:
        service.register()
        before = statistics.median(register_timed(service)[1] for _ in range(20))
        service.stop()
        postgres.sql(database, "DELETE FROM outbox WHERE id > (SELECT min(id) FROM outbox)")
        valid = rows // 2
        fill(postgres, database, valid, rows - valid)

        service.start()  # with no server there
        rss, threads = status_of(service, "VmRSS"), status_of(service, "Threads")
        replaced = service.register()
        assert service.post("/auth/send-otp", {"email": replaced}).status_code == 200
        mails, closed = [], []
        with SmtpSink(port=port) as sink:
            sink.on_event = lambda event: {"mail": mails, "closed": closed}[event["event"]].append(event)
            eventually(lambda: mails, 20)
            began, registered, waits, most = time.monotonic(), [], [], 0
            while len(mails) < valid:
                address, took = register_timed(service)
                registered.append(address)
                waits.append(took)
                most = max(most, status_of(service, "VmRSS"))
                assert status_of(service, "Threads") == threads
                assert time.monotonic() - began < 30 + rows / 100, f"only {len(mails)} came"
                time.sleep(0.2)
            rate = len(mails) / (time.monotonic() - began)
            print(f"{rows} rows: {rate:.0f} mails/s, RSS {rss} KiB, at most {most} KiB; registrations {1000 * before:.0f} ms, "
                  f"beside it {1000 * statistics.median(waits):.0f} ms, at most {1000 * max(waits):.0f} ms "
                  f"({waits.index(max(waits))} of {len(waits)})")
            eventually(lambda: postgres.sql(database, "SELECT count(*) FROM outbox") == [["0"]], 20)
            assert len(mails) == valid + 1 + len(registered)
            backlog = [written_at(mail) for mail in mails if mail["to"][0] not in {replaced, *registered}]
            assert len(set(backlog)) == valid, "each came once"
            assert min(backlog) > datetime.datetime.now(datetime.UTC) - datetime.timedelta(days=100), "none had expired"
            places = {moment: place for place, moment in enumerate(sorted(backlog))}
            too_late = sorted(abs(places[moment] - place) for place, moment in enumerate(backlog))
            assert too_late[int(0.99 * valid)] <= 3 * LANES, too_late[-100:]  # all but what a busy machine holds up
            only, = (mail for mail in mails if mail["to"] == [replaced])
            verify(service, replaced, code_in(only))
            assert sorted(waits)[int(0.99 * len(waits))] < 0.3 and most - rss < 20_000
            eventually(lambda: closed)
            assert len(closed) <= LANES + len(registered)  # connections are kept while there is mail
    finally:
        service.stop()
