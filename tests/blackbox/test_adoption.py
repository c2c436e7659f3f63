"""The database of the replaced service under Watchword: everybody gets in, and that service goes on working beside it."""
import base64
import hashlib
import hmac
import json
import pathlib
import re
import time

import pytest
from passlib.hash import bcrypt_sha256

from servers import Postgres

DATA = pathlib.Path(__file__).parent / "data" / "replaced_service.sql"
PEOPLE = {
    "anna@example.com": "correct horse",
    "Twin.Peak@example.com": "first twin 1",
    "twin.peak@example.com": "second twin 2",
    "olga@example.com": "пароль😀",
    "Zoë@example.com": "zoe secret",
    "plain2b@example.com": "plain secret",
    "plain2a@example.com": "plain secret",
    "plain2y@example.com": "plain secret",
    "version1@example.com": "version one",
}


@pytest.fixture
def old(postgres):
    return postgres.new_database(DATA)


@pytest.fixture
def adopted(start, postgres, old):
    return start(DATABASE_URL=postgres.url(old, "+psycopg2"))


def insert_as_the_replaced_service(postgres, database, address, password):
    """Its statement, which names ten columns."""
    hashed = bcrypt_sha256.using(rounds=4).hash(password)
    postgres.sql(database, f"""
        INSERT INTO users (id, email, full_name, hashed_password, created_at, is_email_verified, email_otp_hash,
                           email_otp_expires_at, email_otp_attempts, email_otp_last_sent_at)
        VALUES (nextval('users_id_seq'), '{address}', NULL, '{hashed}', now(), true, NULL, NULL, 0, NULL)""")


def login(service, address, password):
    return service.post("/auth/login", {"email": address, "password": password})


def test_everybody_logs_in_with_his_password(adopted):
    for address, password in PEOPLE.items():
        answer = login(adopted, address, password)
        assert answer.status_code == 200, (address, answer.text)
        profile = adopted.get("/users/profile", answer.json()["access_token"])
        assert profile.json()["email"] == address
        assert login(adopted, address, password + "x").status_code == 400


def test_an_address_is_found_however_it_is_spelled(adopted):
    assert login(adopted, "ANNA@example.com", "correct horse").status_code == 200
    assert login(adopted, "ZOË@example.com", "zoe secret").status_code == 200
    for taken in ("ANNA@example.com", "zoË@example.com", "TWIN.peak@example.com"):
        assert adopted.post("/users", {"email": taken, "password": "secret123"}).status_code == 400, taken


def test_twins_are_two_people_with_their_exact_spelling_only(adopted):
    tokens = [login(adopted, address, PEOPLE[address]).json()["access_token"]
              for address in ("Twin.Peak@example.com", "twin.peak@example.com")]
    assert len({adopted.get("/users/profile", token).json()["id"] for token in tokens}) == 2
    assert login(adopted, "Twin.Peak@example.com", "second twin 2").status_code == 400
    assert login(adopted, "TWIN.PEAK@example.com", "first twin 1").status_code == 400


def test_a_broken_hash_fails_like_a_wrong_password(adopted):
    wrong = login(adopted, "anna@example.com", "wrong")
    for address in ("broken1@example.com", "broken2@example.com"):
        answer = login(adopted, address, "secret123")
        assert (answer.status_code, answer.json()) == (400, wrong.json())


def test_a_code_of_the_replaced_service_proves_its_address(adopted, postgres, old):
    answer = adopted.post("/auth/verify-otp", {"email": "pending@example.com", "otp": "314150"})
    assert answer.status_code == 400
    assert postgres.sql(old, "SELECT email_otp_attempts FROM users WHERE email = 'pending@example.com'") == [["1"]]
    answer = adopted.post("/auth/verify-otp", {"email": "pending@example.com", "otp": "314159"})
    assert answer.status_code == 200, answer.text
    assert login(adopted, "pending@example.com", "pending pass").status_code == 200


def test_a_code_of_the_replaced_service_can_be_guessed_at_five_times(adopted):
    for _ in range(5):
        assert adopted.post("/auth/verify-otp", {"email": "guessed@example.com", "otp": "000000"}).status_code == 400
    assert adopted.post("/auth/verify-otp", {"email": "guessed@example.com", "otp": "271828"}).status_code == 400


def test_a_new_code_makes_the_one_of_the_replaced_service_void(adopted):
    assert adopted.post("/auth/send-otp", {"email": "pending@example.com"}).status_code == 200
    assert adopted.post("/auth/verify-otp", {"email": "pending@example.com", "otp": "314159"}).status_code == 400
    adopted.verify("pending@example.com")


def test_a_code_can_be_checked_by_the_replaced_service_as_well(start, postgres, old):
    service = start(DATABASE_URL=postgres.url(old), EMAIL_OTP_HASH="bcrypt")
    assert service.post("/auth/send-otp", {"email": "pending@example.com"}).status_code == 200
    code = service.code("pending@example.com")
    [[kept, attempts]] = postgres.sql(old, "SELECT email_otp_hash, email_otp_attempts FROM users "
                                           "WHERE email = 'pending@example.com'")
    assert bcrypt_sha256.verify(code, kept) and attempts == "0"
    assert not bcrypt_sha256.verify("x" + code, kept)
    service.verify("pending@example.com")
    assert postgres.sql(old, "SELECT email_otp_hash FROM users WHERE email = 'pending@example.com'") == [[""]]


def test_a_token_of_the_replaced_service_goes_on_working(adopted):
    def part(data):
        return base64.urlsafe_b64encode(json.dumps(data).encode()).rstrip(b"=").decode()

    head = part({"alg": "HS256", "typ": "JWT"}) + "." + part({"sub": "1", "type": "access", "exp": int(time.time()) + 600})
    mac = hmac.new(adopted.settings["SECRET_KEY"].encode(), head.encode(), hashlib.sha256).digest()
    token = head + "." + base64.urlsafe_b64encode(mac).rstrip(b"=").decode()
    assert adopted.get("/users/profile", token).json()["email"] == "anna@example.com"


def test_a_sequence_that_is_behind_is_put_right(adopted):
    registered = adopted.post("/users", {"email": "new@example.com", "password": "secret123"})
    assert registered.status_code == 201, registered.text
    assert registered.json()["id"] > 13


def test_the_replaced_service_goes_on_registering_people(adopted, postgres, old):
    insert_as_the_replaced_service(postgres, old, "Late.Comer@example.com", "late secret")
    insert_as_the_replaced_service(postgres, old, "Späte@example.com", "late secret")
    assert adopted.post("/users", {"email": "late.comer@example.com", "password": "secret123"}).status_code == 400
    assert adopted.post("/users", {"email": "SPÄTE@example.com", "password": "secret123"}).status_code == 400
    assert login(adopted, "late.comer@example.com", "late secret").status_code == 200
    assert login(adopted, "Späte@example.com", "late secret").status_code == 200


def test_the_first_start_tells_what_it_found(start, postgres, old):
    hashed = bcrypt_sha256.using(rounds=4).hash("secret123")
    postgres.sql(old, f"""
        INSERT INTO users (id, email, hashed_password, is_email_verified, email_otp_attempts)
        SELECT 1000 + i, 'many' || i || '@example.com', '{hashed}', true, 0 FROM generate_series(1, 12000) AS i""")
    before = int(postgres.sql(old, "SELECT count(*) FROM users")[0][0])
    adopted = start(DATABASE_URL=postgres.url(old))
    for _ in range(400):
        if "exact spelling only" in adopted.log():
            break
        time.sleep(0.05)
    log = adopted.log()
    assert postgres.sql(old, "SELECT count(*) FROM users WHERE NOT email_claimed") == [["0"]]
    counted = [int(line) for line in re.findall(r"- adoption - .*accounts=(\d+)", log)]
    assert sum(counted) == before and max(counted) > 12000, log
    assert "cannot be read" in log and log.count("exact spelling only") == 1, log


def test_a_change_by_somebody_else_shows_at_once(adopted, postgres, old):
    token = login(adopted, "anna@example.com", "correct horse").json()["access_token"]
    assert adopted.get("/users/profile", token).json()["full_name"] == "Anna Ark"
    time.sleep(1.5)  # until what is read is kept in memory
    adopted.get("/users/profile", token)
    postgres.sql(old, "UPDATE users SET full_name = 'Anna Bell' WHERE email = 'anna@example.com'")
    for _ in range(20):
        if adopted.get("/users/profile", token).json()["full_name"] == "Anna Bell":
            return
        time.sleep(0.05)
    raise AssertionError("the old name is still shown")


def test_readiness_follows_the_database(start):
    server = Postgres()
    try:
        service = start(DATABASE_URL=server.url(server.new_database()))
        assert service.client.get("/readyz").status_code == 200
        address = service.verified()
        server.stop()
        assert service.client.get("/readyz").status_code == 503
        assert service.client.get("/healthz").status_code == 200
        assert login(service, address, "secret123").status_code == 503
        server.start()
        for _ in range(50):
            if service.client.get("/readyz").status_code == 200:
                break
            time.sleep(0.1)
        assert login(service, address, "secret123").status_code == 200
    finally:
        server.close()


def test_a_start_without_its_database_ends_with_one_line(binary, tmp_path):
    from service import Service, free_port

    service = Service(binary, tmp_path, {"DATABASE_URL": f"postgresql://u:hunter2@127.0.0.1:{free_port()}/x",
                                         "DATABASE_START_TIMEOUT_SECONDS": "1"})
    ended = service.run()
    assert ended.returncode == 1
    assert "cannot be reached" in ended.stderr and "DATABASE_START_TIMEOUT_SECONDS" in ended.stderr
    assert "hunter2" not in ended.stderr + ended.stdout
    assert [line.split(":")[0] for line in ended.stderr.splitlines() if " - [" not in line] == ["watchword"]
