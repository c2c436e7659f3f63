"""Passwords are exact bytes of any length that the rules allow, whatever function a stored hash was made by."""
import time

import pytest
from passlib.hash import bcrypt, bcrypt_sha256


WRONG = (400, {"detail": "Incorrect email or password"})


def login(service, address, password):
    answer = service.post("/auth/login", {"email": address, "password": password})
    return answer.status_code, answer.json()


@pytest.mark.parametrize("scheme", ["bcrypt_sha256", "argon2id"])
@pytest.mark.parametrize("password, others", [
    ("x" * 100 + "A", ["x" * 100 + "B", "x" * 72, "x" * 100, "x" * 101 + "A"]),
    ("é" * 512, ["é" * 511, "é" * 511 + "e"]),  # 512 characters, 1024 bytes
    ("\u00e9clair-55", ["e\u0301clair-55", "eclair-55", "\u00c9clair-55"]),
    ("e\u0301clair-55", ["\u00e9clair-55"]),
    (" p4ss word\t", ["p4ss word", " p4ss word", "p4ss word\t", " p4ss word\t ", " p4ss  word\t"]),
    ("      ", ["     ", "       ", "", "\u00a0" * 6]),
    ("nul\0inside", ["nul", "nul\0", "nul\0insid", "nulinside"]),
    ("\ufeffsecret1", ["secret1"]),
    ("se\u200bcret1", ["secret1"]),
    ("ｓｅｃｒｅｔ１", ["secret1"]),
])
def test_what_was_registered_enters_and_nothing_like_it(start, scheme, password, others):
    service = start(PASSWORD_HASH=scheme, LOGIN_FAILURES_PER_ACCOUNT="1000/minute")
    address = service.verified(password=password)
    assert login(service, address, password)[0] == 200
    for other in others:
        status, body = login(service, address, other)
        assert (status, body) == WRONG or (status == 422 and len(other) == 0), repr(other)
    assert login(service, address, password)[0] == 200


def test_a_password_of_any_length_is_answered_in_normal_time(service):
    address = service.verified()
    for length, statuses in ((513, (400, 422)), (4096, (400, 422)), (60_000, (400, 422)), (1_000_000, (413,))):
        began = time.monotonic()
        status, _ = login(service, address, "x" * length)
        assert status in statuses and time.monotonic() - began < 1, length
    assert login(service, address, "secret123")[0] == 200


# Made by Debian's program argon2 (-id -t 3 -k 4096 -p 2 -l 24, a salt of 8 bytes); the other one nobody could compute.
FOREIGN = "$argon2id$v=19$m=4096,t=3,p=2$OGJ5dGVzb2Y$TrtmgbRfWaui1e6pninVrOPoh0fhhOe/"
BOUNDLESS = "$argon2id$v=19$m=4194304,t=1,p=1$OGJ5dGVzb2Y$TrtmgbRfWaui1e6pninVrOPoh0fhhOe/"


@pytest.fixture
def adopted(start, postgres):
    """adopted({address: hash}, SETTING="value") -> a service that finds these people, and its database."""
    def starter(people, **settings):
        database = postgres.new_database()
        url = postgres.url(database)
        service = start(DATABASE_URL=url, **settings)
        for address, stored in people.items():
            postgres.sql(database, f"INSERT INTO users (email, hashed_password, is_email_verified, email_otp_attempts) "
                                   f"VALUES ('{address}', '{stored}', true, 0)")
        return service, database

    return starter


def stored_hash(postgres, database, address):
    return postgres.sql(database, f"SELECT hashed_password FROM users WHERE email = '{address}'")[0][0]


@pytest.mark.parametrize("scheme", ["bcrypt_sha256", "argon2id"])
def test_an_argon2id_hash_is_computed_with_its_own_parameters_and_renewed(adopted, postgres, scheme):
    service, database = adopted({"foreign@example.com": FOREIGN}, PASSWORD_HASH=scheme)
    assert login(service, "foreign@example.com", "foreign secre") == WRONG
    assert login(service, "foreign@example.com", "foreign secret")[0] == 200
    for _ in range(200):
        if (renewed := stored_hash(postgres, database, "foreign@example.com")) != FOREIGN:
            break
        time.sleep(0.02)
    assert renewed.startswith("$argon2id$v=19$m=19456" if scheme == "argon2id" else "$bcrypt-sha256$v=2,")
    assert login(service, "foreign@example.com", "foreign secret")[0] == 200
    assert login(service, "foreign@example.com", "foreign secre") == WRONG


def peak_of_memory(service):
    """In kilobytes."""
    with open(f"/proc/{service.process.pid}/status") as status:
        return next(int(line.split()[1]) for line in status if line.startswith("VmHWM"))


def test_a_stored_hash_cannot_ask_for_what_a_server_has_not(adopted):
    service, _ = adopted({"boundless@example.com": BOUNDLESS, "sane@example.com": FOREIGN})
    assert login(service, "sane@example.com", "foreign secret")[0] == 200
    before, began = peak_of_memory(service), time.monotonic()
    assert login(service, "boundless@example.com", "foreign secret") == WRONG
    assert time.monotonic() - began < 2
    assert peak_of_memory(service) - before < 64 * 1024
    assert service.log().count("a stored password hash cannot be read") == 1
    assert BOUNDLESS[:12] not in service.log()
    assert login(service, "sane@example.com", "foreign secret")[0] == 200


def test_hashes_that_are_bounded_out_are_told_with_the_unreadable_ones(start, postgres):
    database = postgres.new_database()
    for address, stored in {"boundless@example.com": BOUNDLESS, "foreign@example.com": FOREIGN}.items():
        postgres.sql(database, "CREATE TABLE IF NOT EXISTS users (id serial PRIMARY KEY, email varchar(320) NOT NULL, "
                               "full_name varchar(255), hashed_password varchar(255) NOT NULL, created_at timestamptz "
                               "DEFAULT now() NOT NULL, is_email_verified boolean NOT NULL, email_otp_hash varchar(255), "
                               "email_otp_expires_at timestamptz, email_otp_attempts integer NOT NULL, "
                               "email_otp_last_sent_at timestamptz)")
        postgres.sql(database, f"INSERT INTO users (email, hashed_password, is_email_verified, email_otp_attempts) "
                               f"VALUES ('{address}', '{stored}', true, 0)")
    service = start(DATABASE_URL=postgres.url(database))
    for _ in range(200):
        if "cannot be read" in service.log():
            break
        time.sleep(0.05)
    assert "they cannot log in accounts=1 ids=1\n" in service.log(), service.log()
    assert "hash=argon2id accounts=1" in service.log()


def test_adopted_hashes_take_the_bytes_that_they_were_made_of(adopted):
    """Plain bcrypt ends after 72 bytes, as it did in the replaced service; and no form of Unicode is preferred."""
    long = "y" * 72
    service, _ = adopted({"legacy72@example.com": bcrypt.using(rounds=4).hash(long + "tail"),
                          "decomposed@example.com": bcrypt_sha256.using(rounds=4).hash("e\u0301clair-55"),
                          "plain@example.com": bcrypt.using(rounds=4).hash("e\u0301clair-55")})
    for tail in ("tail", "", "other tail", "tail" * 100, "tail"):
        assert login(service, "legacy72@example.com", long + tail)[0] == 200, tail
        time.sleep(0.2)  # for the hash to be renewed, which it must not be
    assert login(service, "legacy72@example.com", long[:-1]) == WRONG
    for address in ("decomposed@example.com", "plain@example.com"):
        assert login(service, address, "\u00e9clair-55") == WRONG
        assert login(service, address, "e\u0301clair-55")[0] == 200
        time.sleep(0.3)  # for the hash to be renewed
        assert login(service, address, "e\u0301clair-55")[0] == 200
        assert login(service, address, "\u00e9clair-55") == WRONG
