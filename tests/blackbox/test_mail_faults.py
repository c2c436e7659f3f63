"""A mail server in every kind of trouble, with accounts on PostgreSQL: people are answered at once, and once the server is
mended the code comes by itself and works."""
import queue
import time

import pytest

from mailing import SmtpSink, audited, code_in, eventually, listed, message_id, settings_for, verify
from service import Service, free_port, new_email

ANSWERS_WITHIN = 0.3  # seconds


@pytest.fixture(scope="module")
def database(postgres):
    return postgres.new_database()


@pytest.fixture(scope="module")
def authority():
    """A certificate that all services here trust, and its key."""
    with SmtpSink(tls="starttls") as sink:
        yield {"tls": "starttls", "certificate": sink.certificate, "key": sink.key}


TROUBLES = {
    "is down": None,
    "accepts and says nothing": {"faults": ["GREETING=silence"]},
    "greets with a byte a second": {"faults": ["GREETING=drip"]},
    "is too busy to greet": {"faults": ["GREETING=421 4.3.2 too busy"]},
    "has a certificate of a stranger": {"certificate": None},
    "breaks STARTTLS": {"faults": ["STARTTLS=454 4.7.0 not now"]},
    "closes at STARTTLS": {"faults": ["STARTTLS=close"]},
    "puts senders off": {"faults": ["MAIL=451 4.3.0 later"]},
    "closes at DATA": {"faults": ["DATA=close"]},
    "puts the mail off": {"faults": ["END=452 4.3.1 no space"]},
    "answers to the mail with a byte a second": {"faults": ["END=drip"]},
    "closes after the mail": {"faults": ["END=close"]},
    "takes the mail and closes without an answer": {"faults": ["END=keep-and-close"]},
}


@pytest.fixture(scope="module")
def port():
    return free_port()


@pytest.fixture(scope="module")
def service(binary, tmp_path_factory, postgres, database, authority, port):
    settings = settings_for(port, "starttls", authority["certificate"], SMTP_TIMEOUT_SECONDS="1",
                            DATABASE_URL=postgres.url(database))
    running = Service(binary, tmp_path_factory.mktemp("service"), settings).start()
    yield running
    running.stop()


def answered(call, *statuses):
    began = time.monotonic()
    answer = call()
    took = time.monotonic() - began
    assert answer.status_code in statuses and took < ANSWERS_WITHIN, (answer.text, took)
    return took


def ask_for_a_code(service):
    """Registers; the same again is refused and another code must wait, all at once."""
    person = {"email": new_email(), "password": "secret123"}
    took = [answered(lambda: service.post("/users", person), 201),
            answered(lambda: service.post("/users", person), 400),
            answered(lambda: service.post("/auth/send-otp", {"email": person["email"]}), 429)]
    return person["email"], max(took)


def errors(postgres, database):
    return postgres.sql(database, "SELECT last_error FROM outbox WHERE last_error <> ''")


def next_mail(sink, timeout):
    try:
        return sink.next("mail", timeout)
    except queue.Empty:
        return None


@pytest.mark.parametrize("trouble", TROUBLES)
def test_people_notice_nothing_while_the_mail_server(service, postgres, database, authority, port, trouble):
    early = None
    if TROUBLES[trouble] is None:
        address, took = ask_for_a_code(service)
        eventually(lambda: errors(postgres, database))
    else:
        with SmtpSink(port, **{**authority, **TROUBLES[trouble]}) as sink:
            address, took = ask_for_a_code(service)
            (error,), = eventually(lambda: errors(postgres, database))
            early = next_mail(sink, 0.01)
    with SmtpSink(port, **authority) as sink:
        mail = sink.next("mail", timeout=10)
        eventually(lambda: postgres.sql(database, "SELECT count(*) FROM outbox") == [["0"]])
        assert next_mail(sink, 0.01) is None, "it came twice"
        assert (early is not None) == (trouble == "takes the mail and closes without an answer")
        assert early is None or message_id(early) == message_id(mail)
        assert mail["to"] == [address] and mail["tls"]
        verify(service, address, code_in(mail))
        print(f"{trouble}: answered within {1000 * took:.0f} ms")


@pytest.mark.long
def test_three_temporary_refusals_cost_less_than_a_minute(service, postgres, database, authority, port):
    with SmtpSink(port, **authority, faults=["MAIL=451 4.3.0 later*3"]) as sink:
        address, _ = ask_for_a_code(service)
        verify(service, address, code_in(sink.next("mail", timeout=60)))
        eventually(lambda: postgres.sql(database, "SELECT count(*) FROM outbox") == [["0"]])
        assert next_mail(sink, 0.01) is None


def test_a_mail_that_is_refused_for_good_is_kept_for_a_person(service, postgres, database, authority, port):
    with SmtpSink(port, **authority, faults=["END=554 5.7.1 looks like spam*1"]) as sink:
        address, _ = ask_for_a_code(service)
        row, = eventually(lambda: [row for row in listed(service) if row[2] == "dead"])
        assert row[3:5] == ["1", address] and "554 5.7.1 looks like spam" in row[5]
        time.sleep(1.5)
        assert next_mail(sink, 0.01) is None, "it is not tried again by itself"
        record, = audited(service)
        assert record["event"] == "mail.given_up"
        assert record["details"] == {"mail": int(row[0]), "attempts": 1, "smtp_reply": 554}
        assert service.run("mail", "retry", row[0]).stdout == f"mail {row[0]} is due now\n"
        verify(service, address, code_in(sink.next("mail")))


def test_a_code_that_has_expired_meanwhile_is_never_mailed(service, postgres, database, authority, port):
    expired, _ = ask_for_a_code(service)
    eventually(lambda: errors(postgres, database))
    postgres.sql(database, "UPDATE outbox SET expires_at = now(); UPDATE one_time_codes SET expires_at = now()")
    valid, _ = ask_for_a_code(service)
    with SmtpSink(port, **authority) as sink:
        mail = sink.next("mail")
        assert mail["to"] == [valid]
        verify(service, valid, code_in(mail))
        assert next_mail(sink, 1.5) is None
