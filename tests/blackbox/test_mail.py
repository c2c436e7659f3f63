"""Mail over SMTP, from the registration to the code in a mailbox; the servers and their faults are real."""
import queue
import socket
import time

import pytest

from mailing import MODES, SmtpSink, code_in, eventually, listed, settings_for, verify
from service import Service, free_port, new_email

PASSWORD = "canary-smtp-password"


def register_quickly(service):
    begin = time.monotonic()
    address = service.register()
    assert time.monotonic() - begin < 1
    return address


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("mechanism", ["PLAIN", "LOGIN"])
def test_a_code_arrives_in_every_mode(start, mode, mechanism):
    with SmtpSink(tls=mode, auth=[mechanism], credentials=("mailer", PASSWORD), demand_auth=True,
                  auth_after_tls=mode == "starttls") as sink:
        service = start(**settings_for(sink.port, mode, sink.certificate, SMTP_USERNAME="mailer",
                                       SMTP_PASSWORD=PASSWORD, LOG_LEVEL="debug",
                                       PROJECT_NAME="Bücher <b>&</b> Söhne"))
        address = service.register()
        mail = sink.next("mail")
        assert mail["to"] == [address] and mail["from"] == "no-reply@example.com" and mail["user"] == "mailer"
        assert mail["tls"] == (mode != "none") and mail["only_crlf"]
        assert mail["subject"] == "Your verification code for Bücher <b>&</b> Söhne"
        assert "Bücher &lt;b&gt;&amp;&lt;/b&gt; Söhne" in mail["html"] and code_in(mail) in mail["html"]
        assert max(map(len, mail["data"].splitlines())) <= 76
        for field in ("Date: ", "Message-ID: <", "MIME-Version: 1.0", "Auto-Submitted: auto-generated"):
            assert f"\n{field}" in mail["data"]
        verify(service, address, code_in(mail))
        service.stop()
        for secret in (PASSWORD, code_in(mail)):
            assert secret not in service.log() and secret not in service.printed()


@pytest.mark.parametrize("fault", ["no STARTTLS", "454", "injected", "stranger", "wrong name",
                                   "expired"])
def test_no_password_and_no_mail_goes_to_a_server_that_cannot_be_trusted(start, fault):
    options = {"no STARTTLS": {"tls": "none"}, "454": {"faults": ["STARTTLS=454 4.7.0 not now"]},
               "injected": {"faults": ["STARTTLS=inject"]}, "wrong name": {"certificate_name": "other.example"},
               "expired": {"certificate_days": -1}}
    with SmtpSink(**{"tls": "starttls", "auth": ["PLAIN"], **options.get(fault, {})}) as sink:
        ca_file = None if fault == "stranger" else sink.certificate
        service = start(**settings_for(sink.port, "starttls", ca_file, SMTP_USERNAME="mailer", SMTP_PASSWORD=PASSWORD))
        register_quickly(service)
        for _ in range(2):
            commands = sink.next("closed")["commands"]
            assert "AUTH" not in commands and "MAIL" not in commands
        eventually(lambda: "no mail can be delivered; it waits in the outbox" in service.log())
        assert PASSWORD not in service.log()
        assert [row[2] for row in listed(service)] == ["waiting"] or listed(service)[0][2] == "in delivery"


def test_a_registration_while_the_server_is_down_is_answered_and_its_code_comes_later(start):
    port = free_port()
    service = start(**settings_for(port))
    address = register_quickly(service)
    assert service.post("/users", {"email": address, "password": "secret123", "full_name": "J"}).status_code == 400
    eventually(lambda: "no mail can be delivered" in service.log())
    with SmtpSink(port=port) as sink:
        verify(service, address, code_in(sink.next("mail", timeout=25)))
        with pytest.raises(queue.Empty):
            sink.next("mail", timeout=2)


def test_no_request_waits_for_a_black_hole(start):
    with socket.create_server(("127.0.0.1", 0)) as hole:
        service = start(**settings_for(hole.getsockname()[1], SMTP_TIMEOUT_SECONDS="2", DRAIN_SECONDS="1"))
        for _ in range(5):
            register_quickly(service)


@pytest.mark.long
def test_temporary_refusals_are_tried_again_and_the_mail_comes_once(start):
    with SmtpSink(faults=["RCPT=451 4.3.0 later*1", "END=452 4.3.1 later*1"]) as sink:
        service = start(**settings_for(sink.port))
        address = service.register()
        verify(service, address, code_in(sink.next("mail", timeout=20)))
        with pytest.raises(queue.Empty):
            sink.next("mail", timeout=2)


def test_an_answer_lost_after_the_dot_costs_one_duplicate_at_most(start):
    with SmtpSink(faults=["END=keep-and-close*1"]) as sink:
        service = start(**settings_for(sink.port))
        service.register()
        first, second = sink.next("mail"), sink.next("mail", timeout=15)
        assert first["data"] == second["data"], "mailboxes can tell by the Message-ID"
        with pytest.raises(queue.Empty):
            sink.next("mail", timeout=2)


@pytest.mark.long
def test_a_service_killed_during_delivery_loses_no_mail(binary, tmp_path):
    with SmtpSink(faults=["END=silence*1"]) as sink:
        service = Service(binary, tmp_path / "service", settings_for(sink.port, SMTP_TIMEOUT_SECONDS="1"))
        service.start()
        address = service.register()
        eventually(lambda: sink.peek_fault("END") is None or not sink.faults[0].left)
        service.kill()
        service.start()
        try:
            verify(service, address, code_in(sink.next("mail", timeout=30)))
            with pytest.raises(queue.Empty):
                sink.next("mail", timeout=2)
        finally:
            service.stop()


def test_a_refused_mail_is_listed_retried_and_dropped_beside_the_server(start):
    with SmtpSink(faults=["RCPT=550 5.1.1 nobody here*2"]) as sink:
        service = start(**settings_for(sink.port))
        address, other = service.register(), service.register()
        rows = eventually(lambda: [row for row in listed(service) if row[2] == "dead"][1:] and listed(service))
        (first, _, _, attempts, recipient, error), (second, *_) = rows
        assert (recipient, attempts) == (address, "1") and "550 5.1.1 nobody here" in error

        retried = service.run("mail", "retry", first)
        assert (retried.returncode, retried.stdout) == (0, f"mail {first} is due now\n")
        mail = sink.next("mail")
        assert mail["to"] == [address]
        verify(service, address, code_in(mail))

        dropped = service.run("mail", "drop", second, "4711")
        assert dropped.returncode == 1
        assert dropped.stdout == f"mail {second} was dropped\n"
        assert dropped.stderr == "watchword: mail 4711: there is no such mail\n"
        assert service.run("mail", "list").stdout == "no mail waits\n"
        assert service.post("/auth/verify-otp", {"email": other, "otp": "000000"}).status_code == 400


def test_everything_given_up_can_be_retried_and_nothing_that_was_replaced(start):
    with SmtpSink(faults=["RCPT=550 5.1.1 nobody here*2"]) as sink:
        service = start(**settings_for(sink.port, EMAIL_OTP_RESEND_INTERVAL_SECONDS="1"))
        replaced, other = service.register(), service.register()
        eventually(lambda: len([row for row in listed(service) if row[2] == "dead"]) == 2)
        time.sleep(1.1)
        assert service.post("/auth/send-otp", {"email": replaced}).status_code == 200
        code = code_in(sink.next("mail"))
        assert service.run("mail", "retry", "--all").stdout == "1 due now\n"
        assert sink.next("mail")["to"] == [other]
        (identity, _, state, *_), = listed(service)
        assert state == "dead, expired"
        refused = service.run("mail", "retry", identity)
        assert refused.returncode == 1 and "it is not sent any more" in refused.stderr
        verify(service, replaced, code)


def test_a_mail_that_is_put_off_too_often_is_given_up(start):
    with SmtpSink(faults=["RCPT=450 4.2.1 greylisted"]) as sink:
        service = start(**settings_for(sink.port, MAIL_ATTEMPTS_MAX="2"))
        service.register()
        eventually(lambda: any(row[2:4] == ["dead", "2"] for row in listed(service)))


def test_commands_that_make_no_sense_say_so_in_one_line(binary, tmp_path):
    service = Service(binary, tmp_path, {})
    absent = service.run("mail", "list")
    assert absent.returncode == 1 and absent.stderr.count("\n") == 1 and "no database" in absent.stderr
    assert not (tmp_path / "data").exists()
    for arguments in (["mail"], ["mail", "retry"], ["mail", "retry", "--all", "1"], ["mail", "drop"],
                      ["mail", "drop", "x"]):
        assert service.run(*arguments).returncode > 1


@pytest.mark.parametrize("name", ["x\r\nBcc: eve@example.com", "x\n.\nMAIL FROM:<eve@example.com>", "<a href=x>J</a>",
                                  "=?utf-8?q?Eve?=", "ü" * 200])
def test_no_name_reaches_the_envelope_or_adds_a_header(start, name):
    with SmtpSink() as sink:
        service = start(**settings_for(sink.port))
        address = new_email()
        answer = service.post("/users", {"email": address, "password": "secret123", "full_name": name})
        if answer.status_code == 422:
            return
        assert answer.status_code == 201, answer.text
        mail = sink.next("mail")
        assert mail["to"] == [address] and mail["only_crlf"]
        assert "bcc:" not in mail["data"].lower() and "eve@example.com" not in mail["data"]
        with pytest.raises(queue.Empty):
            sink.next("mail", timeout=0.5)


def test_international_addresses_are_reached(start):
    with SmtpSink(smtputf8=False) as sink:
        service = start(**settings_for(sink.port))
        service.register("jane@bücher.example")
        assert sink.next("mail")["to"] == ["jane@xn--bcher-kva.example"]
        service.register("jürgen@example.com")
        row = eventually(lambda: [row for row in listed(service) if row[2] == "dead"])[0]
        assert row[4] == "jürgen@example.com" and "SMTPUTF8" in row[5]
