"""Settings of mail as people write them, and what the mail server sees of it."""
import base64
import hashlib
import hmac
import queue
import time

import pytest

from mailing import SmtpSink, code_in, eventually, settings_for, verify
from servers import Postgres


def never(sink):
    with pytest.raises(queue.Empty):
        sink.next("mail", timeout=0.5)


def sent_by(service, sink, seconds=10):
    """The mail of a registration, whose code works."""
    address = service.register()
    mail = sink.next("mail", seconds)
    assert mail["to"] == [address]
    verify(service, address, code_in(mail))
    return mail


def stays_in_the_outbox(service, sink, *words):
    """The registration works, no mail leaves, and the log says why."""
    began = time.monotonic()
    service.register()
    assert time.monotonic() - began < 0.3
    eventually(lambda: "no mail can be delivered; it waits in the outbox" in service.log(), 10)
    for word in words:
        assert word in service.log()
    never(sink)


# ---------------------------------------------------------------------- what servers offer


@pytest.mark.parametrize("form", ["AUTH ", "AUTH="])
def test_a_server_that_knows_only_login_is_signed_in_to(start, form):
    with SmtpSink(tls="starttls", auth=["LOGIN", "XOAUTH2"], auth_after_tls=True, old_auth_form=form == "AUTH=",
                  credentials=("mailer", "secret"), demand_auth=True) as sink:
        service = start(**settings_for(sink.port, "starttls", sink.certificate, SMTP_USERNAME="mailer",
                                       SMTP_PASSWORD="secret"))
        assert sent_by(service, sink)["user"] == "mailer"


def test_where_no_offer_can_be_used_the_log_names_them(start):
    with SmtpSink(tls="starttls", auth=["XOAUTH2"], auth_after_tls=True) as sink:
        service = start(**settings_for(sink.port, "starttls", sink.certificate, SMTP_USERNAME="mailer",
                                       SMTP_PASSWORD="secret"))
        stays_in_the_outbox(service, sink, "XOAUTH2", "PLAIN and LOGIN")


@pytest.mark.parametrize("credentials", [None, ""])
@pytest.mark.parametrize("server", [{}, {"helo_only": True}, {"greeting": ["220-Welcome", "220-to our", "220 relay"]},
                                    {"auth": ["PLAIN"]}])
def test_a_relay_without_credentials_is_sent_none(start, server, credentials):
    with SmtpSink(**server) as sink:
        service = start(**settings_for(sink.port, SMTP_USERNAME=credentials, SMTP_PASSWORD=credentials))
        assert sent_by(service, sink)["user"] is None
        assert "AUTH" not in sink.next("closed")["commands"]


def test_credentials_for_a_relay_that_wants_none_are_named(start):
    with SmtpSink() as sink:
        service = start(**settings_for(sink.port, SMTP_USERNAME="mailer", SMTP_PASSWORD="secret"))
        stays_in_the_outbox(service, sink, "offers no AUTH", "SMTP_USERNAME")


# ---------------------------------------------------------------------- the two words for TLS


@pytest.mark.parametrize("server, ours, advice", [
    ("implicit", "starttls", "SMTP_USE_SSL=true"),
    ("implicit", "none", "SMTP_USE_SSL=true"),
    ("starttls", "implicit", "SMTP_USE_TLS=true"),
    ("none", "implicit", ""),
    ("none", "starttls", "offers no STARTTLS"),
])
def test_the_other_kind_of_tls_is_recognized(start, server, ours, advice):
    with SmtpSink(tls=server, auth=["PLAIN"], certificate_name="localhost") as sink:
        service = start(**settings_for(sink.port, ours, sink.certificate, SMTP_USERNAME="mailer", SMTP_PASSWORD="canary",
                                       SMTP_TIMEOUT_SECONDS="3", DRAIN_SECONDS="1"))
        stays_in_the_outbox(service, sink, advice)
        assert "canary" not in service.log()


def test_credentials_go_over_plain_text_only_where_that_is_set(start):
    with SmtpSink(tls="starttls", auth=["PLAIN"], credentials=("mailer", "secret")) as sink:
        service = start(**settings_for(sink.port, "none", SMTP_USERNAME="mailer", SMTP_PASSWORD="secret"))
        mail = sent_by(service, sink)
        assert mail["user"] == "mailer" and not mail["tls"]


def test_both_kinds_of_tls_at_once_are_refused_and_explained(prepared):
    refused = prepared(**settings_for(465, SMTP_USE_TLS="true", SMTP_USE_SSL="true")).run()
    assert refused.returncode == 1
    for word in ("SMTP_USE_TLS", "SMTP_USE_SSL", "465", "587"):
        assert word in refused.stderr


# ---------------------------------------------------------------------- quotes and signs


@pytest.mark.parametrize("written, meant", [
    ("abc#def", "abc#def"), ("abc #def", "abc"), ('"abc#def"', "abc#def"), ("'pa$w0rd'", "pa$w0rd"),
    ("pa$w0rd", "pa$w0rd"), (r'"p\"q"', 'p"q'), ("a=b==", "a=b=="), ("  x  ", "x"), ("p@ss'word", "p@ss'word"),
])
def test_the_server_is_told_the_password_that_the_file_means(prepared, written, meant):
    with SmtpSink(auth=["PLAIN"], credentials=("mailer", meant), demand_auth=True) as sink:
        service = prepared(**settings_for(sink.port, SMTP_USERNAME="mailer"))
        (service.folder / ".env").write_text(f"SMTP_PASSWORD={written}\n")
        assert sent_by(service.start(), sink)["user"] == "mailer"


def test_a_variable_in_the_signing_key_is_replaced_as_it_was_before(prepared):
    service = prepared(SECRET_KEY=None, HOME="/home/jane")
    (service.folder / ".env").write_text("SECRET_KEY='0123456789012345678901234567${HOME}89'\n")
    signed, _, signature = service.start().tokens()["access_token"].rpartition(".")
    expected = hmac.digest(b"0123456789012345678901234567/home/jane89", signed.encode(), hashlib.sha256)
    assert base64.urlsafe_b64decode(signature + "=") == expected


def test_quotes_in_the_environment_are_dropped(prepared):
    postgres = Postgres()
    try:
        with SmtpSink(tls="starttls") as sink:
            name = postgres.new_database()
            settings = settings_for(f'"{sink.port}"', "starttls", sink.certificate, DATABASE_URL=f'"{postgres.url(name)}"',
                                    RATE_LIMIT_LOGIN='"3/minute"')
            service = prepared(**settings, **{"LISTEN": None, "HOST": "127.0.0.1"})
            service.settings |= {"PORT": f" {service.port}", "SMTP_USE_TLS": '"true"'}
            service.start()
            assert sent_by(service, sink)["tls"]
            assert postgres.sql(name, "SELECT count(*) FROM users") == [["1"]]
            assert not (service.data / "watchword.db").exists()
            wrong = {"email": "jane@example.com", "password": "secret123"}
            assert [service.post("/auth/login", wrong).status_code for _ in range(4)] == [400] * 3 + [429]
    finally:
        postgres.close()


@pytest.mark.parametrize("written", ["yes", "1", "on", "TRUE"])
def test_other_words_for_true_count(start, written):
    with SmtpSink(tls="starttls") as sink:
        service = start(**{**settings_for(sink.port, "starttls", sink.certificate), "SMTP_USE_TLS": written})
        assert sent_by(service, sink)["tls"]


def test_a_port_without_a_value_counts_as_unset(prepared):
    shown = prepared(**settings_for("", "starttls")).run("config")
    port = next(line for line in shown.stdout.splitlines() if line.startswith("SMTP_PORT"))
    assert "587" in port and "default" in port
