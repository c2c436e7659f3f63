"""The audit trail: what is in it, and what shows that somebody was at it."""
import contextlib
import sqlite3
import subprocess

import pytest

from mailing import SmtpSink, audited, eventually, listed, settings_for
from service import new_email


@pytest.fixture(params=["sqlite", "postgres"])
def database(request, start, sink):
    """A service and what tampers with its database."""
    if request.param == "sqlite":
        service = start(**settings_for(sink.port))

        def tamper(*statements):
            with contextlib.closing(sqlite3.connect(next(service.folder.rglob("*.db")))) as connection, connection:
                connection.execute("DROP TRIGGER IF EXISTS audit_rows_are_not_changed")
                connection.execute("DROP TRIGGER IF EXISTS audit_rows_are_not_deleted")
                for statement in statements:
                    connection.execute(statement)
    else:
        postgres = request.getfixturevalue("postgres")
        name = postgres.new_database()
        service = start(DATABASE_URL=postgres.url(name), **settings_for(sink.port))
        eventually(lambda: service.client.get("/readyz").status_code == 200)

        def tamper(*statements):
            postgres.sql(name, "; ".join(["ALTER TABLE audit DISABLE TRIGGER ALL", *statements]))
    return service, tamper


@pytest.fixture
def sink():
    with SmtpSink(faults=["RCPT=550 5.1.1 nobody here"]) as server:
        yield server


def give_up_a_mail(service):
    before = len(audited(service))
    address = new_email()
    account = service.post("/users", {"email": address, "password": "secret123"}).json()["id"]
    eventually(lambda: len(audited(service)) > before)
    return account, address


def verified(service, *arguments):
    check = service.run("audit", "verify", *arguments)
    return check.returncode, check.stdout + check.stderr


def test_a_mail_that_was_given_up_is_told_of_with_its_account_and_without_its_address(database):
    service, _ = database
    assert verified(service) == (0, "the audit trail is empty\n")
    account, address = give_up_a_mail(service)
    other, _ = give_up_a_mail(service)
    first, second = audited(service)
    mail, *_ = [row for row in listed(service) if row[4] == address]
    assert first["event"] == "mail.given_up" and first["user_id"] == account and second["user_id"] == other
    assert first["details"] == {"mail": int(mail[0]), "attempts": 1, "smtp_reply": 550}
    shown = service.run("audit", "list", "--user", str(account)).stdout
    assert shown.count("\n") == 1 and address not in shown
    assert verified(service) == (0, f"records: 2, each as it was written; the last one has the hash {second['hash']}\n")


def test_what_is_changed_removed_or_cut_off_shows(database):
    service, tamper = database
    accounts = [give_up_a_mail(service)[0] for _ in range(4)]
    ids = [record["id"] for record in audited(service)]
    noted = audited(service)[-1]["hash"]
    tamper(f"UPDATE audit SET user_id = {accounts[0]} WHERE id = {ids[1]}")
    assert verified(service) == (1, f"watchword: audit record {ids[1]}: it was changed: its hash is not that of what it "
                                    "says\n")
    tamper(f"UPDATE audit SET user_id = {accounts[1]} WHERE id = {ids[1]}")
    assert verified(service, noted)[0] == verified(service, noted.upper())[0] == 0
    tamper(f"DELETE FROM audit WHERE id = {ids[3]}")
    assert verified(service)[0] == 0, "a chain that is shorter is one"
    code, text = verified(service, noted)
    assert code == 1 and f"no audit record has the hash {noted}" in text
    for nonsense in ("", "abc", noted + "0"):
        code, text = verified(service, nonsense)
        assert code not in (0, 1) and "HASH has 64 hexadecimal digits" in text
    tamper(f"DELETE FROM audit WHERE id = {ids[1]}")
    code, text = verified(service)
    assert code == 1 and f"audit record {ids[2]}: it does not follow the record before it" in text


def test_the_database_itself_refuses_to_change_a_record(start, postgres, sink):
    name = postgres.new_database()
    service = start(DATABASE_URL=postgres.url(name), **settings_for(sink.port))
    give_up_a_mail(service)
    for statement in ("UPDATE audit SET event = 'x'", "DELETE FROM audit", "TRUNCATE audit"):
        with pytest.raises(Exception, match="audit rows are never changed or deleted"):
            postgres.sql(name, statement)
    assert len(audited(service)) == 1


def test_a_database_that_no_service_has_used_yet_is_named(prepared, postgres):
    for settings, why in [({}, "there is no database at"),
                          ({"DATABASE_URL": postgres.url(postgres.new_database())}, "lacks a table of this program")]:
        service = prepared(**settings)
        for command in (("audit", "list"), ("audit", "verify"), ("mail", "list")):
            done = service.run(*command)
            assert done.returncode == 1 and why in done.stderr and done.stderr.count("\n") == 1, done.stderr


def test_an_export_that_is_cut_short_is_no_success(start, sink):
    service = start(**settings_for(sink.port))
    give_up_a_mail(service)
    with open("/dev/full", "w") as full:
        shown = subprocess.run([service.binary, "audit", "list"], cwd=service.folder, env=service.environment(),
                               stdout=full, stderr=subprocess.PIPE, text=True, timeout=60)
    assert shown.returncode == 1 and "not everything could be written" in shown.stderr
