"""One mailbox is one account in every spelling, and no other spelling ever is, whatever the database's collation."""
import concurrent.futures
import itertools
import pathlib
import subprocess
import sys
import tempfile

import pytest

from servers import Postgres

sys.path.append(str(pathlib.Path(__file__).resolve().parent.parent / "support"))
from smtp_sink import SmtpSink  # noqa: E402

TAKEN = (400, {"detail": "Email already registered"})
WRONG = (400, {"detail": "Incorrect email or password"})
DATABASES = {
    "SQLite": None,
    "PostgreSQL": "LOCALE 'C.UTF-8'",
    "PostgreSQL in ICU's Turkish": "LOCALE_PROVIDER icu ICU_LOCALE 'tr-TR' LOCALE 'C.UTF-8'",
    "PostgreSQL in glibc's Turkish": "LOCALE 'tr_TR.UTF-8'",
}


@pytest.fixture(scope="module")
def postgres():
    """A server that knows a locale which this machine need not have."""
    with tempfile.TemporaryDirectory() as locales, pytest.MonkeyPatch.context() as patch:
        pathlib.Path(locales).chmod(0o755)  # the server may run as another user
        subprocess.run(["localedef", "-i", "tr_TR", "-f", "UTF-8", f"{locales}/tr_TR.UTF-8"], check=True)
        patch.setenv("LOCPATH", locales)
        server = Postgres()
        yield server
        server.close()


@pytest.fixture(params=DATABASES)
def url(request, postgres):
    """For DATABASE_URL: each kind of database, empty."""
    locale = DATABASES[request.param]
    if locale is None:
        return None
    name = f"of_addresses_{next(numbers)}"
    postgres.sql("postgres", f"CREATE DATABASE {name} TEMPLATE template0 ENCODING 'UTF8' {locale}")
    if "Turkish" in request.param:
        assert postgres.sql(name, "SELECT upper('i'), lower('I')") == [["\u0130", "\u0131"]]
    return postgres.url(name)


numbers = itertools.count()


def call(service, path, address, **more):
    answer = service.post(path, {"email": address, **more})
    return answer.status_code, answer.json()


def register(service, address, password="secret123"):
    return call(service, "/users", address, password=password)


def login(service, address, password="secret123"):
    return call(service, "/auth/login", address, password=password)


def spellings(address, count):
    """With other letters in capitals each."""
    letters = [i for i, character in enumerate(address) if character.isalpha()]
    for number in range(count):
        yield "".join(character.upper() if i in letters and number >> letters.index(i) & 1 else character
                      for i, character in enumerate(address))


def test_one_mailbox_is_one_account_in_every_spelling(start, url):
    service = start(DATABASE_URL=url, CODES_PER_MAILBOX="100/hour", LOGIN_FAILURES_PER_ACCOUNT="1000/minute")
    assert register(service, "Alice.Ray@example.com")[0] == 201
    assert register(service, "alice.ray@example.com") == TAKEN
    service.verify("Alice.Ray@example.com")
    many = list(spellings("bob.ray@example.com", 32))
    with concurrent.futures.ThreadPoolExecutor(32) as crowd:
        answers = list(crowd.map(lambda address: register(service, address), many))
    assert [status for status, _ in answers].count(201) == 1 and answers.count(TAKEN) == 31
    kept = next(body["email"] for status, body in answers if status == 201)
    service.verify(kept)
    assert kept.lower() == "bob.ray@example.com"
    with concurrent.futures.ThreadPoolExecutor(8) as crowd:
        assert {status for status, _ in crowd.map(lambda address: login(service, address), many)} == {200}
    assert len(service.mails()) == 2


def test_what_surrounds_an_address_is_dropped_and_what_is_inside_is_refused(start, url):
    service = start(DATABASE_URL=url)
    address = "jane.t@example.com"
    assert register(service, address)[0] == 201
    code = service.code(address)
    for typed in (address + " ", "\u00a0" + address, "\t" + address, "\u3000" + address + "\u2003"):
        assert login(service, typed)[0] == 403, repr(typed)
        assert call(service, "/auth/send-otp", typed)[0] == 429, repr(typed)  # its interval, so it was found
        assert register(service, typed) == TAKEN, repr(typed)
    assert call(service, "/auth/verify-otp", address + " ", otp=code)[0] == 200
    for typed in (address + " ", "\u00a0" + address):
        assert login(service, typed)[0] == 200
    for typed in (address + "\u200b", address + "\n", "\ufeff" + address, "jane\u00ad.t@example.com", "jane.t @example.com",
                  "jane.t@example.com\u2060", "jane.t@exam ple.com", "\u202ejane.t@example.com", address + "\r\n"):
        for path, more in (("/auth/login", {"password": "secret123"}), ("/auth/send-otp", {}),
                           ("/auth/verify-otp", {"otp": "123456"}), ("/users", {"password": "secret123"})):
            status, body = call(service, path, typed, **more)
            assert status == 422 and body["detail"][0]["loc"] == ["body", "email"], (path, repr(typed))
            assert "character" in body["detail"][0]["msg"], body


LOOK_ALIKES = ["m\u0131ke.t@example.com", "M\u0130KE.T@example.com", "m\u012fke.t@example.com"]


def test_letters_that_look_like_an_i_are_other_people(start, url):
    service = start(DATABASE_URL=url)
    assert register(service, "mike.t@example.com", "mikes secret")[0] == 201
    service.verify("mike.t@example.com")
    for typed in ("MIKE.T@example.com", "MIKE.T@EXAMPLE.COM", "Mike.T@example.com"):
        assert login(service, typed, "mikes secret")[0] == 200
        assert register(service, typed) == TAKEN
    mails = len(service.mails())
    people = set()
    for typed in LOOK_ALIKES:
        assert login(service, typed, "mikes secret") == WRONG
        assert call(service, "/auth/send-otp", typed)[0] == 404
        assert login(service, typed, "mikes secret") == WRONG
        status, body = register(service, typed)
        assert status == 201, typed
        people.add(body["id"])
        service.code(body["email"])
        assert login(service, typed, "mikes secret") == WRONG
    assert len(people) == len(LOOK_ALIKES)
    assert register(service, "mi\u0307ke.t@example.com") == TAKEN  # the capital I with a dot, in lower case
    assert len(service.mails("mike.t@example.com")) == 1 and len(service.mails()) == mails + len(people)
    assert login(service, "mike.t@example.com", "mikes secret")[0] == 200


BUECHER = ["jane.b@xn--bcher-kva.example", "jane.b@B\u00dcCHER.example", "jane.b@\uff42\u00fccher.example",
           "jane.b@b\u00fccher\u3002example", "jane.b@bu\u0308cher.example", "jane.b@XN--BCHER-KVA.Example"]


def test_one_domain_is_one_in_unicode_punycode_and_full_width(start, url):
    with SmtpSink() as sink:
        service = start(DATABASE_URL=url, SMTP_HOST="localhost", SMTP_PORT=str(sink.port), SMTP_USE_TLS="false",
                        SMTP_USE_SSL="false", MAIL_FROM="no-reply@example.com")
        status, body = register(service, "jane.b@b\u00fccher.example")
        assert (status, body["email"]) == (201, "jane.b@b\u00fccher.example")
        mail = sink.next("mail")
        assert mail["to"] in (["jane.b@xn--bcher-kva.example"], ["jane.b@b\u00fccher.example"])
        assert mail["to"][0].isascii() or "SMTPUTF8" in mail["parameters"]
        code = next(word for word in mail["text"].split() if word.isdigit() and len(word) == 6)
        for typed in BUECHER:
            assert register(service, typed) == TAKEN, typed
        assert call(service, "/auth/verify-otp", BUECHER[0], otp=code)[0] == 200
        for typed in BUECHER:
            assert login(service, typed)[0] == 200, typed
        token = login(service, BUECHER[2])[1]["access_token"]
        assert service.get("/users/profile", token).json()["email"] == "jane.b@b\u00fccher.example"
        assert register(service, "jane.b\uff20b\u00fccher.example")[0] == 422
